import type { Change } from './publisher.js';
import type { Api, Subscription } from './subscription.js';
import type { SubscriptionIndex } from './subscription-index.js';

/** A subscription that wants a change, and the API name it wants it under. */
export type Match = [subscription: Subscription, api: Api];

/** Gives the ids of the objects above a source, nearest first. */
export type Ancestors = (source: string) => Iterable<string>;

function covers(subscription: Subscription, api: Api, change: Change): boolean {
  if (!subscription.apis.has(api)) return false;
  const { types, activeFromMs } = subscription;
  if (types !== undefined && (change.type === undefined || !types.has(change.type))) return false;
  return activeFromMs === 0 || Date.now() >= activeFromMs;
}

function collect(found: Match[], candidates: Iterable<Subscription>, api: Api, change: Change): void {
  for (const subscription of candidates) {
    if (covers(subscription, api, change)) found.push([subscription, api]);
  }
}

function withChildren(api: Change['api']): Api | undefined {
  return api === 'alarms' || api === 'events' ? `${api}WithChildren` : undefined;
}

/**
 * The subscriptions that a change goes to. Tenant context gets of managed objects only their creation, `mo` context
 * everything but that. A subscription of both `alarms` and `alarmsWithChildren` gets an alarm twice.
 */
export function matchSubscriptions(
  subscriptions: SubscriptionIndex,
  change: Change,
  ancestors: Ancestors,
): Match[] {
  const found: Match[] = [];
  const { api, source } = change;
  const isObjectCreation = api === 'managedobjects' && change.action === 'CREATE';
  if (api !== 'managedobjects' || isObjectCreation) collect(found, subscriptions.tenantWide(), api, change);
  if (!subscriptions.hasSources || isObjectCreation) return found;
  collect(found, subscriptions.ofSource(source), api, change);
  const recursive = withChildren(api);
  if (recursive === undefined) return found;
  collect(found, subscriptions.ofSource(source), recursive, change);
  for (const ancestor of ancestors(source)) {
    collect(found, subscriptions.ofSource(ancestor), recursive, change);
  }
  return found;
}
