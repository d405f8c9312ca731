/**
 * What a subscription would have let through: a replay reads records as they are stored, so it filters and trims as
 * the platform does (Notification 2.0, `typeFilter` and `fragmentsToCopy`).
 */
import { jsonParts } from '../mapping/json-parts.js';
import type { Notification } from '../notifications/frame.js';
import type { StoredRecord } from './stored-record.js';

/** The parts of a subscription that matter here. */
export interface CaptureRules {
  readonly apis: readonly string[];
  readonly typeFilter: string | undefined;
  readonly fragmentsToCopy: readonly string[];
}

const QUOTED_LIST = /^\s*'(?:[^']|'')*'(?:\s+or\s+'(?:[^']|'')*')*\s*$/;
const QUOTED = /'((?:[^']|'')*)'/g;

/** Fields that the platform keeps, whatever is to be copied. */
const STANDARD: ReadonlySet<string> = new Set([
  ...['id', 'self', 'source', 'type', 'time', 'creationTime', 'lastUpdated', 'firstOccurrenceTime'],
  ...['text', 'severity', 'status', 'count', 'history', 'name', 'owner'],
  ...['deviceId', 'deviceName', 'description', 'failureReason'],
]);

/** One bare type, one quoted type, or quoted types joined by `or`; what does not parse is taken for a type. */
function typesOf(filter: string): readonly string[] {
  if (!QUOTED_LIST.test(filter)) return [filter.trim()];
  return [...filter.matchAll(QUOTED)].map(([, text = '']) => text.replaceAll("''", "'"));
}

/**
 * Makes the filter of a subscription.
 * @param rules see {@link CaptureRules}
 * @returns gives the notification of a record, trimmed; `undefined` for one that is not captured
 */
export function captureWith(rules: CaptureRules): (record: StoredRecord) => Notification | undefined {
  const { apis, typeFilter, fragmentsToCopy } = rules;
  const types = typeFilter === undefined ? undefined : typesOf(typeFilter);
  const kept = new Set([...STANDARD, ...fragmentsToCopy]);
  return ({ type, notification }) => {
    if (!apis.includes(notification.api)) return undefined;
    if (types !== undefined && (type === undefined || !types.includes(type))) return undefined;
    return fragmentsToCopy.length === 0 ? notification : trimmed(notification, kept);
  };
}

function trimmed(notification: Notification, kept: ReadonlySet<string>): Notification {
  const { body } = notification;
  const members = jsonParts(body).filter(({ name }) => kept.has(name ?? ''));
  const text = members.map(({ start, end }) => body.toString('utf8', start, end)).join();
  return { ...notification, body: Buffer.from(`{${text}}`) };
}
