import { nextStateTime } from './clock.js';
import { type JsonObject, without } from './json.js';
import type { Change } from './notifications/publisher.js';
import type { StoredRecord } from './record-store.js';
import { namedSource, readOccurrence } from './sources.js';
import type { TenantState } from './tenant-state.js';

const OWN_FIELDS = new Set(['id', 'self', 'source', 'creationTime', 'lastUpdated']);
const FIXED_FIELDS = new Set([...OWN_FIELDS, 'type', 'time']);

/** A stored event. */
export interface EventRecord extends StoredRecord {
  document: JsonObject;
}

function changeOf(record: EventRecord, action: 'CREATE' | 'UPDATE'): Change {
  record.json = JSON.stringify(record.document);
  const { source, type, document, json } = record;
  return { api: 'events', action, source, type, document, json };
}

/**
 * Stores an event; the change still has to be published. As in the documented traces, `lastUpdated` is there only
 * after an update.
 *
 * @throws RestError 422
 */
export function storeEvent(tenant: TenantState, body: JsonObject): [EventRecord, Change] {
  const { object, type, timeMs } = readOccurrence(tenant, body, 'event', ['source', 'type', 'time', 'text']);
  const id = tenant.newId();
  const document: JsonObject = {
    creationTime: nextStateTime(),
    source: namedSource(tenant, object),
    type,
    self: tenant.link(`/event/events/${id}`),
    time: body['time'],
    id,
    ...without(body, FIXED_FIELDS),
  };
  const record: EventRecord = { id, source: object.id, type, timeMs, json: '', document };
  tenant.events.add(record);
  return [record, changeOf(record, 'CREATE')];
}

/** Changes text and fragments of an event; type, time and source stay. The change still has to be published. */
export function updateEvent(record: EventRecord, body: JsonObject): Change {
  const { document } = record;
  const lastUpdated = nextStateTime(document['lastUpdated'] ?? document['creationTime']);
  record.document = { ...document, ...without(body, FIXED_FIELDS), lastUpdated };
  return changeOf(record, 'UPDATE');
}
