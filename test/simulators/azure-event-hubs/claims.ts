/** The claims a connection holds (Event Hubs AMQP protocol guide, claims-based security). */
import { isUnder } from './addresses.js';
import type { Right } from './authorization-rules.js';
import type { Grant } from './sas.js';

/** What is needed: one right, or any claim at all. */
export type NeededRight = Right | 'any';

/**
 * Claims by path. A claim holds for its path and everything below it; the longest one decides.
 */
export class Claims {
  readonly #grants = new Map<string, Grant>();

  /** Adds or renews the claim for a path. */
  put(path: string, grant: Grant): void {
    this.#grants.set(path.toLowerCase(), grant);
  }

  /** Whether the claims allow a right on a path now. Expired claims count as none. */
  allow(path: string, needed: NeededRight, nowMs: number): boolean {
    let longest: { readonly path: string; readonly grant: Grant } | undefined;
    for (const [claimed, grant] of this.#grants) {
      if (grant.expiresAtMs <= nowMs || !isUnder(path, claimed)) continue;
      if (!longest || claimed.length > longest.path.length) longest = { path: claimed, grant };
    }
    return longest !== undefined && includes(longest.grant.rights, needed);
  }

  /** Whether there is any claim that has not expired. */
  isEmpty(nowMs: number): boolean {
    return ![...this.#grants.values()].some((grant) => grant.expiresAtMs > nowMs);
  }

  /** The next time a claim runs out, Unix time in milliseconds. */
  nextExpiryMs(nowMs: number): number | undefined {
    const times = [...this.#grants.values()].map((grant) => grant.expiresAtMs).filter((time) => time > nowMs);
    return times.length === 0 ? undefined : Math.min(...times);
  }
}

function includes(rights: readonly Right[], needed: NeededRight): boolean {
  return needed === 'any' || rights.includes(needed) || rights.includes('Manage');
}
