import { type JsonObject, without } from './json.js';
import type { Change } from './notifications/publisher.js';
import { readOccurrence } from './sources.js';
import type { TenantState } from './tenant-state.js';

const OWN_FIELDS = new Set(['id', 'self', 'source', 'type', 'time']);

/**
 * Stores a measurement; the change still has to be published.
 *
 * @throws RestError 422
 */
export function storeMeasurement(tenant: TenantState, body: JsonObject): Change {
  const { object, type, time, timeMs } = readOccurrence(tenant, body, 'measurement', [
    'source',
    'type',
    'time',
  ]);
  const id = tenant.newId();
  const source = { self: tenant.link(`/inventory/managedObjects/${object.id}`), id: object.id };
  const document: JsonObject = {
    self: tenant.link(`/measurement/measurements/${id}`),
    time,
    id,
    source,
    type,
  };
  Object.assign(document, without(body, OWN_FIELDS));
  const json = JSON.stringify(document);
  tenant.measurements.add({ id, source: object.id, type, timeMs, json });
  return { api: 'measurements', action: 'CREATE', source: object.id, type, document, json };
}
