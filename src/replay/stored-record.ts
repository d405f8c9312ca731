/** A record that Cumulocity has stored, as the notification that it would have been. */
import type { RecordQuery } from '../cumulocity/records.js';
import { type JsonBody, readJsonBody } from '../mapping/json-body.js';
import { jsonParts } from '../mapping/json-parts.js';
import type { Notification } from '../notifications/frame.js';

/** See the head of this file. */
export interface StoredRecord {
  readonly id: string;
  /** By which the records of a source are put in order, in milliseconds since 1970. */
  readonly time: number;
  readonly type: string | undefined;
  readonly notification: Notification;
}

type ReadApi = RecordQuery['api'];

/** Where a record names its source: the field, and whether that is an object with an id. */
function sourceOf(api: ReadApi, bytes: Buffer): string {
  const fields = JSON.parse(bytes.toString()) as {
    readonly id?: unknown;
    readonly deviceId?: unknown;
    readonly source?: { readonly id?: unknown };
  };
  if (api === 'managedobjects') return String(fields.id);
  return String(api === 'operations' ? fields.deviceId : fields.source?.id);
}

const UNTIMED = 0;

/**
 * Whether an object was changed since it was made: the platform tells once that it was made, and of each change.
 * Operations carry no time of change; they are made with the status PENDING. Of a managed object a subscription of
 * the whole tenant tells nothing but that it was made.
 */
function isChanged(api: ReadApi, body: JsonBody): boolean {
  if (api === 'managedobjects' || api === 'measurements') return false;
  if (api === 'operations') return body.text('status') !== 'PENDING';
  const updated = body.text('lastUpdated');
  return updated !== undefined && updated !== body.text('creationTime');
}

function readRecord(tenant: string, api: ReadApi, bytes: Buffer): StoredRecord | undefined {
  const body = readJsonBody(bytes);
  const id = body?.text('id');
  if (body === undefined || id === undefined) return undefined;
  const isByCreation = api === 'operations' || api === 'managedobjects';
  const time = Date.parse(body.text(isByCreation ? 'creationTime' : 'time') ?? '');
  const sourceId = sourceOf(api, bytes);
  const channel = `/${tenant}/${api}/${sourceId}`;
  const action = isChanged(api, body) ? 'UPDATE' : 'CREATE';
  const notification = { ackId: '', channel, tenant, api, sourceId, action, body: bytes };
  return { id, time: Number.isNaN(time) ? UNTIMED : time, type: body.text('type'), notification };
}

/**
 * Reads the records of a page, each as the bytes that came.
 * @param text the answer of Cumulocity
 * @returns oldest first, and how many elements the page has
 */
export function readRecords(
  tenant: string,
  api: ReadApi,
  text: string,
): { readonly records: readonly StoredRecord[]; readonly count: number } {
  const bytes = Buffer.from(text);
  const list = jsonParts(bytes).find(({ name }) => name?.toLowerCase() === api);
  const elements = list === undefined ? [] : jsonParts(bytes, list.valueStart);
  const records = elements
    .flatMap(({ start, end }) => readRecord(tenant, api, bytes.subarray(start, end)) ?? [])
    .sort((left, right) => left.time - right.time);
  return { records, count: elements.length };
}
