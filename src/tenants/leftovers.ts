/**
 * Topics of a tenant that no route needs any more. They must not keep a backlog, which would make the writes of the
 * tenant's devices fail in the end, so a removal that fails is tried again. Also those of an earlier run: a route may
 * have been taken out while no service was running to see it.
 */
import type { Log } from '../log.js';

/** What leftovers are looked after with. */
export interface LeftoversParts {
  /** The names of all subscriptions of this application in the tenant. */
  readonly list: (signal: AbortSignal) => Promise<readonly string[]>;
  /** Whether this copy of the service may remove a topic now: it leads, and no other reads it. */
  readonly mayRemove: (topic: string) => boolean;
  /** Removes subscription and subscriber; returns whether both are gone. */
  readonly remove: (topic: string) => Promise<boolean>;
  readonly log: Log;
}

/** How often a removal is tried. */
const MOST_TRIES = 5;

/** See the head of this file. */
export class Leftovers {
  readonly #parts: LeftoversParts;
  /** Topics, and how many times their removal was tried. */
  readonly #topics = new Map<string, number>();
  #hasLooked = false;

  constructor(parts: LeftoversParts) {
    this.#parts = parts;
  }

  /** Whether there are none. */
  get isEmpty(): boolean {
    return this.#hasLooked && this.#topics.size === 0;
  }

  /** Adds a topic whose removal has failed once. */
  add(topic: string): void {
    this.#topics.set(topic, 1);
  }

  /**
   * Removes what can be removed now.
   * @param needed topics that are wanted or still read here
   * @param signal ends it between two steps
   * @throws PlatformError, PlatformUnreachable when it could not be seen what an earlier run has left behind
   */
  async clear(needed: readonly string[], signal: AbortSignal): Promise<void> {
    if (!this.#hasLooked) {
      for (const topic of await this.#parts.list(signal)) this.#topics.set(topic, 0);
      this.#hasLooked = true;
    }
    for (const topic of needed) this.#topics.delete(topic);
    for (const [topic, tries] of this.#topics) {
      if (signal.aborted) return;
      if (this.#parts.mayRemove(topic)) await this.#remove(topic, tries);
    }
  }

  async #remove(topic: string, tries: number): Promise<void> {
    const { remove, log } = this.#parts;
    log.info('removing a topic that no route needs any more', { subscription: topic });
    const isRemoved = await remove(topic);
    if (isRemoved || tries + 1 >= MOST_TRIES) this.#topics.delete(topic);
    else this.#topics.set(topic, tries + 1);
    // A consumer that is gone already cannot be told from one that cannot be removed.
    if (!isRemoved && !this.#topics.has(topic))
      log.warn('a topic may be left behind', { subscription: topic });
  }
}
