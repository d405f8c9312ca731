/**
 * Which scopes a call needs (Predix contract, section 11). Names are compared as a whole and never split at dots, since
 * topic names may hold dots.
 */

/** What stands before the zone in every scope. */
export const DEFAULT_SCOPE_PREFIX = 'predix-event-hub.zones.';

/** Whose scopes, in which zone. */
export interface ScopeHolder {
  /** Predix zone id. */
  readonly zone: string;
  /** What stands before the zone, closing dot included; default {@link DEFAULT_SCOPE_PREFIX}. */
  readonly scopePrefix?: string | undefined;
  /** Scopes of the token. */
  readonly held: readonly string[];
}

/** A call to publish or to subscribe. */
export interface ScopedCall extends ScopeHolder {
  readonly protocol: 'grpc' | 'wss';
  readonly operation: 'publish' | 'subscribe';
  /** Plain topic names of the `topic` header; `undefined` or none = the call has no such header. */
  readonly topics: readonly string[] | undefined;
}

const DEFAULT_TOPIC = 'topic';

function baseOf({ zone, scopePrefix = DEFAULT_SCOPE_PREFIX }: ScopeHolder): string {
  return `${scopePrefix}${zone}.`;
}

/** The scopes of which a call needs one for a topic; the first is the one to name. `undefined` = without a header. */
function alternatives(call: ScopedCall, topic: string | undefined): readonly [string, ...string[]] {
  const base = baseOf(call);
  const action = `${call.protocol}.${call.operation}`;
  if (topic === undefined) return [`${base}${action}`, `${base}${DEFAULT_TOPIC}.${action}`];
  const named: [string, string] = [`${base}${topic}.${action}`, `${base}*.${action}`];
  // The scopes of the default topic by name have "little effect on publish operations": without a name will do.
  const isDefaultPublish = topic === DEFAULT_TOPIC && call.operation === 'publish';
  return isDefaultPublish ? [...named, `${base}${action}`] : named;
}

/**
 * The first scope that a call lacks; `undefined` when it is allowed. `user` is needed by every call, and a call that
 * names several topics needs the scope of each.
 */
export function missingScope(call: ScopedCall): string | undefined {
  const held = new Set(call.held);
  const topics = call.topics === undefined || call.topics.length === 0 ? [undefined] : call.topics;
  const needed = [[`${baseOf(call)}user`] as const, ...topics.map((topic) => alternatives(call, topic))];
  return needed.find((oneOf) => !oneOf.some((scope) => held.has(scope)))?.[0];
}

/** Whether topics may be administered: `admin`, and `user` as for every call. */
export function hasAdmin(holder: ScopeHolder): boolean {
  const base = baseOf(holder);
  return ['user', 'admin'].every((name) => holder.held.includes(`${base}${name}`));
}
