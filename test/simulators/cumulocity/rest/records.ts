import { type Answer, type Call, created, type Route } from '../http/call.js';
import { answerPage } from '../http/paging.js';
import { notFound } from '../http/rest-error.js';
import { parseObject } from '../json.js';
import type { Change } from '../notifications/publisher.js';
import { deletion, publishAll } from '../publishing.js';
import type { RecordStore, StoredRecord } from '../record-store.js';
import { timeOf } from '../sources.js';

/** One record by the id in the path. */
export function recordOf<T extends StoredRecord>(call: Call, store: RecordStore<T>, resource: string): T {
  const record = store.get(call.params['id'] ?? '');
  if (record === undefined) throw notFound(resource, `No object with id ${call.params['id']}.`);
  return record;
}

/** Publishes, then answers 201 with the object. */
export function answerCreated(
  call: Call,
  type: string,
  record: StoredRecord,
  changes: readonly Change[],
): Answer {
  publishAll(call.tenant, changes);
  return created(type, record.json, call.tenant.link(`${call.path.replace(/\/$/, '')}/${record.id}`));
}

/** Publishes, then answers 200 with the object. */
export function answerUpdated(
  call: Call,
  type: string,
  record: StoredRecord,
  changes: readonly Change[],
): Answer {
  publishAll(call.tenant, changes);
  return { status: 200, type, json: record.json };
}

/** The filter of `dateFrom`, `dateTo` (both inclusive) and `type`. */
function dateAndType(query: URLSearchParams): (record: StoredRecord) => boolean {
  const from = timeOf(query.get('dateFrom')) ?? Number.NEGATIVE_INFINITY;
  const to = timeOf(query.get('dateTo')) ?? Number.POSITIVE_INFINITY;
  const type = query.get('type');
  return (record) => record.timeMs >= from && record.timeMs <= to && (type === null || record.type === type);
}

/** How a list of records is filtered and sorted. */
export interface ListRules<T> {
  /** Query argument that names the source. */
  readonly sourceParameter: string;
  /** Whether the list starts with the newest unless `revert=true`. */
  readonly newestFirst: boolean;
  /** Further filter made from the query. */
  readonly filter?: (query: URLSearchParams) => (record: T) => boolean;
}

/** Answers one page of the records that the query asks for. */
export function answerRecords<T extends StoredRecord>(
  call: Call,
  store: RecordStore<T>,
  collection: { type: string; name: string },
  rules: ListRules<T>,
): Answer {
  const { query } = call;
  const common = dateAndType(query);
  const own = rules.filter?.(query) ?? (() => true);
  const source = query.get(rules.sourceParameter) ?? undefined;
  const records = store.select(source, (record) => common(record) && own(record));
  const reverted = query.get('revert') === 'true';
  if (reverted !== rules.newestFirst) records.reverse();
  return answerPage(call, collection.type, collection.name, records, (record) => record.json);
}

/** Removes a record and publishes that. */
export function deleteRecord(
  call: Call,
  store: RecordStore,
  api: 'events' | 'measurements',
  resource: string,
): Answer {
  const { id, source, type } = recordOf(call, store, resource);
  store.delete(id);
  publishAll(call.tenant, [deletion(api, id, source, type)]);
  return { status: 204 };
}

/** The body of the request as an object. */
export function bodyOf(call: Call): ReturnType<typeof parseObject> {
  return parseObject(call.body);
}

/** Routes for one kind of record, with the roles of its API. */
export function withRoles(routes: readonly Route[], read: string, write: string): Route[] {
  return routes.map((route) => ({ ...route, roles: [route.method === 'GET' ? read : write] }));
}
