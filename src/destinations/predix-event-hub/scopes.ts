/** The scopes that clients ask for (Predix contract, section 11). */
import { DEFAULT_TOPIC } from './hub-address.js';

const PREFIX = 'predix-event-hub.zones.';

/** What a client wants to do. */
export interface WantedAccess {
  readonly zoneId: string;
  /** Names of topics; the default one is {@link DEFAULT_TOPIC}. */
  readonly topics: readonly string[];
  readonly operation: 'grpc.publish' | 'wss.publish' | 'grpc.subscribe';
}

function scope(zoneId: string, ...parts: readonly string[]): string {
  return [`${PREFIX}${zoneId}`, ...parts].join('.');
}

/**
 * The scopes for some topics. The default topic alone needs none of its own; together with others it does.
 * @returns lists in the order in which they should be asked for: by name, and then, for who was given all topics at
 *   once and cannot ask for one of them by its name, the wildcard
 */
export function scopesFor({ zoneId, topics, operation }: WantedAccess): readonly (readonly string[])[] {
  const user = scope(zoneId, 'user');
  if (topics.every((topic) => topic === DEFAULT_TOPIC)) return [[user, scope(zoneId, operation)]];
  return [
    [user, ...topics.map((topic) => scope(zoneId, topic, operation))],
    [user, scope(zoneId, '*', operation)],
  ];
}

/** The scopes for the administration of topics. */
export function adminScopes(zoneId: string): readonly (readonly string[])[] {
  return [[scope(zoneId, 'user'), scope(zoneId, 'admin')]];
}
