/** Which events are wanted, by the application properties that the forwarder gives every event. */
import type { ReceivedEventData } from '@azure/event-hubs';

/** The values of the property `api`. */
export const APIS = ['alarms', 'events', 'measurements', 'managedobjects', 'operations'] as const;

/** Wanted values by property; a property that is not named, or has no values, excludes nothing. */
export interface EventFilter {
  readonly tenant: readonly string[];
  readonly api: readonly string[];
  readonly source: readonly string[];
}

const PROPERTIES = ['tenant', 'api', 'source'] as const;

/**
 * Whether an event is wanted. One without the property, which the forwarder did not send, is not.
 * @param event as the SDK gives it
 * @param filter what is wanted
 */
export function isWanted(
  { properties }: Pick<ReceivedEventData, 'properties'>,
  filter: EventFilter,
): boolean {
  return PROPERTIES.every((name) => {
    const wanted = filter[name];
    return wanted.length === 0 || wanted.includes(String(properties?.[name] ?? ''));
  });
}
