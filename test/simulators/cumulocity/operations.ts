import { nextStateTime } from './clock.js';
import { unprocessable } from './http/rest-error.js';
import { demandFields, type JsonObject, textOf, without } from './json.js';
import type { Change } from './notifications/publisher.js';
import type { StoredRecord } from './record-store.js';
import type { TenantState } from './tenant-state.js';

const FIXED_FIELDS = new Set(['id', 'self', 'deviceId', 'deviceName', 'creationTime']);
const STATUSES = ['PENDING', 'EXECUTING', 'SUCCESSFUL', 'FAILED'];

/** A stored operation. */
export interface OperationRecord extends StoredRecord {
  document: JsonObject;
}

function changeOf(record: OperationRecord, action: 'CREATE' | 'UPDATE'): Change {
  record.json = JSON.stringify(record.document);
  const { source, type, document, json } = record;
  return { api: 'operations', action, source, type, document, json };
}

/**
 * Stores an operation of a device; the change still has to be published. The description line names the device
 * (assumed; no documented trace shows it).
 *
 * @throws RestError 422
 */
export function storeOperation(tenant: TenantState, body: JsonObject): [OperationRecord, Change] {
  demandFields(body, 'devicecontrol', ['deviceId']);
  const device = tenant.inventory.find(String(body['deviceId']));
  if (device === undefined) throw unprocessable('devicecontrol', 'The device does not exist.');
  const id = tenant.newId();
  const creationTime = nextStateTime();
  const deviceName = textOf(device.fields, 'name');
  const document: JsonObject = {
    ...without(body, FIXED_FIELDS),
    creationTime,
    deviceId: device.id,
    ...(deviceName === undefined ? {} : { deviceName }),
    id,
    self: tenant.link(`/devicecontrol/operations/${id}`),
    status: 'PENDING',
  };
  const timeMs = Date.parse(creationTime);
  const record = { id, source: device.id, type: textOf(body, 'type'), timeMs, json: '', document };
  tenant.operations.add(record);
  return [record, changeOf(record, 'CREATE')];
}

/**
 * Changes the status or fragments; the change still has to be published.
 *
 * @throws RestError 422 for a status that does not exist
 */
export function updateOperation(record: OperationRecord, body: JsonObject): Change {
  const status = body['status'];
  if (status !== undefined && !STATUSES.includes(String(status))) {
    throw unprocessable('devicecontrol', `status must be one of ${STATUSES.join(', ')}`);
  }
  record.document = { ...record.document, ...without(body, FIXED_FIELDS) };
  return changeOf(record, 'UPDATE');
}
