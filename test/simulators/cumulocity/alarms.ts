import type { AlarmRecord } from './alarm-store.js';
import { nextStateTime } from './clock.js';
import { unprocessable } from './http/rest-error.js';
import type { ManagedObject } from './inventory.js';
import { isObject, type JsonObject, without } from './json.js';
import type { Change } from './notifications/publisher.js';
import { namedSource, readOccurrence } from './sources.js';
import type { TenantState } from './tenant-state.js';

const FIXED_FIELDS = new Set([
  'id',
  'self',
  'source',
  'type',
  'time',
  'count',
  'history',
  'creationTime',
  'firstOccurrenceTime',
  'lastUpdated',
]);
const SEVERITIES = ['CRITICAL', 'MAJOR', 'MINOR', 'WARNING'];
const STATUSES = ['ACTIVE', 'ACKNOWLEDGED', 'CLEARED'];

function changeOf(record: AlarmRecord, action: 'CREATE' | 'UPDATE'): Change {
  record.json = JSON.stringify(record.document);
  const { source, type, document, json } = record;
  return { api: 'alarms', action, source, type, document, json };
}

function demandStates(body: JsonObject): void {
  const severity = body['severity'];
  const status = body['status'];
  if (severity !== undefined && !SEVERITIES.includes(String(severity))) {
    throw unprocessable('alarm', `severity must be one of ${SEVERITIES.join(', ')}`);
  }
  if (status !== undefined && !STATUSES.includes(String(status))) {
    throw unprocessable('alarm', `status must be one of ${STATUSES.join(', ')}`);
  }
}

/** The change of the source that an alarm causes: `c8y_ActiveAlarmsStatus` counts its active alarms. */
function recount(tenant: TenantState, source: string): Change[] {
  const object = tenant.inventory.find(source);
  if (object === undefined) return [];
  const counts: Record<string, number> = { critical: 0, major: 0, minor: 0, warning: 0 };
  for (const { document } of tenant.alarms.openOf(source)) {
    const severity = String(document['severity']).toLowerCase();
    if (document['status'] === 'ACTIVE') counts[severity] = (counts[severity] ?? 0) + 1;
  }
  const before = object.fields['c8y_ActiveAlarmsStatus'];
  if (JSON.stringify(before) === JSON.stringify(counts)) return [];
  return [tenant.inventory.update(object, { c8y_ActiveAlarmsStatus: counts })];
}

function repeat(record: AlarmRecord, time: string, timeMs: number): Change {
  const { document } = record;
  record.timeMs = timeMs;
  record.document = {
    ...document,
    count: Number(document['count']) + 1,
    firstOccurrenceTime: document['firstOccurrenceTime'] ?? document['time'],
    lastUpdated: nextStateTime(document['lastUpdated'] ?? document['creationTime']),
    time,
  };
  return changeOf(record, 'UPDATE');
}

/** Whether a device is in maintenance: its required response interval is negative. Its alarms are not stored. */
export function isInMaintenance(object: ManagedObject | undefined): boolean {
  const required = object?.fields['c8y_RequiredAvailability'];
  return isObject(required) && Number(required['responseInterval']) < 0;
}

/**
 * Raises an alarm; the changes still have to be published. While an alarm of the same source and type is not
 * cleared, only its count and time change (its notification is taken to be an UPDATE; the action is not documented).
 *
 * @throws RestError 422
 */
export function raiseAlarm(tenant: TenantState, body: JsonObject): [AlarmRecord, Change[]] {
  const fields = ['source', 'type', 'time', 'text', 'severity'];
  const { object, type, time, timeMs } = readOccurrence(tenant, body, 'alarm', fields);
  demandStates(body);
  for (const record of tenant.alarms.openOf(object.id)) {
    if (record.type === type) return [record, [repeat(record, time, timeMs)]];
  }
  const id = tenant.newId();
  const self = tenant.link(`/alarm/alarms/${id}`);
  const document: JsonObject = {
    creationTime: nextStateTime(),
    count: 1,
    history: { auditRecords: [], self: tenant.link('/audit/auditRecords') },
    source: namedSource(tenant, object),
    type,
    self,
    time,
    id,
    status: 'ACTIVE',
    ...without(body, FIXED_FIELDS),
  };
  const record: AlarmRecord = { id, source: object.id, type, timeMs, json: '', document };
  tenant.alarms.add(record);
  tenant.alarms.noteStatus(record);
  return [record, [changeOf(record, 'CREATE'), ...recount(tenant, object.id)]];
}

/**
 * Changes status, severity, text or fragments; the changes still have to be published.
 *
 * @throws RestError 422 for a status or severity that does not exist
 */
export function updateAlarm(tenant: TenantState, record: AlarmRecord, body: JsonObject): Change[] {
  demandStates(body);
  const { document } = record;
  const lastUpdated = nextStateTime(document['lastUpdated'] ?? document['creationTime']);
  record.document = { ...document, ...without(body, FIXED_FIELDS), lastUpdated };
  tenant.alarms.noteStatus(record);
  return [changeOf(record, 'UPDATE'), ...recount(tenant, record.source)];
}
