/** Which event hub, of whichever kind. Two equal addresses share one connection. */
import type { AzureHubAddress } from './azure-event-hubs/hub-address.js';
import type { PredixHubAddress } from './predix-event-hub/hub-address.js';

/** The kinds of event hubs; option `destination`. */
export const DESTINATIONS = ['azure', 'predix'] as const;

/** One of {@link DESTINATIONS}. */
export type DestinationKind = (typeof DESTINATIONS)[number];

/** See the head of this file. */
export type HubAddress = AzureHubAddress | PredixHubAddress;

/** What tells one hub from another; addresses that differ in anything else are ways into the same one. */
export function hubPlace(address: HubAddress): string {
  const { kind, hubName } = address;
  return address.kind === 'azure'
    ? JSON.stringify([kind, hubName, address.host, address.port])
    : JSON.stringify([kind, hubName, address.zoneId]);
}

/**
 * The address of another hub beside one: in the same namespace or zone, with the same way in.
 * @param hubName name of the hub or topic
 */
export function siblingHub(address: HubAddress, hubName: string): HubAddress {
  if (address.kind === 'predix') return { ...address, hubName };
  // The option is about the other hub. A credential that needs it may not ask this one for its partitions, and every
  // hub has a first one.
  const partitionCount = address.partitionCount === undefined ? undefined : 1;
  return { ...address, hubName, partitionCount };
}

/**
 * Whether a host may be connected to.
 * @param host in lower case, without a port
 * @param patterns host names, and `*.` before a domain for every host below it
 */
export function isAllowedHost(host: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) =>
    pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern,
  );
}
