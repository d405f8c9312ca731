/** What a route's options say about events that its hub does not take. */
import { DeadLetters } from '../delivery/dead-letters.js';
import type { Destination } from '../delivery/destination.js';
import { shrinkSteps } from '../delivery/oversize.js';
import { Replacements } from '../delivery/replacements.js';
import { siblingHub } from '../destinations/hub-address.js';
import type { HubPool } from '../destinations/hub-pool.js';
import type { RouteOptions } from './tenant-options.js';
import type { ForwardingTiming } from './timing.js';

/**
 * How a route's dead-letter hub is connected to: another hub beside it, reached in the same way.
 * @param hubs makes the connection when it is called for
 * @returns `undefined` when the route has none
 */
export function deadLetterHub(
  { hub, deadLetterHubName: hubName }: RouteOptions,
  hubs: HubPool,
): (() => Destination) | undefined {
  if (hubName === undefined) return undefined;
  return () => hubs.acquire(siblingHub(hub, hubName));
}

/**
 * Makes a route's way to its dead-letter hub.
 * @returns `undefined` when it has none
 */
export function deadLettersOf(
  options: RouteOptions,
  hubs: HubPool,
  { deadLetters: timing }: ForwardingTiming,
): DeadLetters | undefined {
  const { hub, deadLetterHubName: hubName } = options;
  const connect = deadLetterHub(options, hubs);
  if (connect === undefined || hubName === undefined) return undefined;
  return new DeadLetters({ hubName, rejectedBy: hub.hubName, connect, timing });
}

/** What a route sends in the place of events that its hub does not take. */
export function replacementsOf(options: RouteOptions, deadLetters: DeadLetters | undefined): Replacements {
  return new Replacements({ steps: shrinkSteps(options), deadLetters });
}
