import { unprocessable } from './http/rest-error.js';
import type { ManagedObject } from './inventory.js';
import { demandFields, type JsonObject, referenceId, textOf } from './json.js';
import type { TenantState } from './tenant-state.js';

/** The fields every measurement, event and alarm has. */
export interface Occurrence {
  readonly object: ManagedObject;
  readonly type: string;
  /** As the sender wrote it; its offset is kept. */
  readonly time: string;
  readonly timeMs: number;
}

/** A time in epoch ms, undefined when the text is no ISO 8601 time. */
export function timeOf(text: string | null | undefined): number | undefined {
  const timeMs = Date.parse(text ?? '');
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

/**
 * Reads source, type and time of a new object.
 *
 * @param resource name for the error body
 * @param fields mandatory fields
 * @throws RestError 422 when one is missing or wrong, or the source does not exist
 */
export function readOccurrence(
  tenant: TenantState,
  body: JsonObject,
  resource: string,
  fields: readonly string[],
): Occurrence {
  demandFields(body, resource, fields);
  const object = tenant.inventory.find(referenceId(body, 'source'));
  if (object === undefined) throw unprocessable(resource, 'The source does not exist.');
  const type = textOf(body, 'type');
  if (type === undefined) throw unprocessable(resource, 'type must be a text');
  const time = textOf(body, 'time');
  const timeMs = timeOf(time);
  if (time === undefined || timeMs === undefined) {
    throw unprocessable(resource, 'time must be an ISO 8601 time');
  }
  return { object, type, time, timeMs };
}

/** The `source` of events and alarms: id, link and the name if the object has one. */
export function namedSource(tenant: TenantState, object: ManagedObject): JsonObject {
  const name = object.fields['name'];
  const self = tenant.link(`/inventory/managedObjects/${object.id}`);
  return { ...(name === undefined ? {} : { name }), self, id: object.id };
}
