/** The scopes that a publisher asks for (Predix contract, section 11). */
import { DEFAULT_TOPIC, type PredixHubAddress } from './hub-address.js';

const PREFIX = 'predix-event-hub.zones.';

type Wanted = Pick<PredixHubAddress, 'zoneId' | 'hubName' | 'protocol'>;

function scope(zoneId: string, ...parts: readonly string[]): string {
  return [`${PREFIX}${zoneId}`, ...parts].join('.');
}

function publishOf({ protocol }: Wanted): string {
  return protocol === 'grpc' ? 'grpc.publish' : 'wss.publish';
}

/** What a publisher to this topic needs. */
export function scopesFor(wanted: Wanted): readonly string[] {
  const { zoneId, hubName } = wanted;
  const topic = hubName === DEFAULT_TOPIC ? [] : [hubName];
  return [scope(zoneId, 'user'), scope(zoneId, ...topic, publishOf(wanted))];
}

/**
 * What to ask for when those are refused: the scope of all topics.
 * @returns `undefined` for the default topic, which that scope does not open
 */
export function wildcardScopesFor(wanted: Wanted): readonly string[] | undefined {
  const { zoneId, hubName } = wanted;
  if (hubName === DEFAULT_TOPIC) return undefined;
  return [scope(zoneId, 'user'), scope(zoneId, '*', publishOf(wanted))];
}
