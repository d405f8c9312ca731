/**
 * New ways into hubs that were refused, until they are taken or not wanted any more. They are tried again with each
 * reading of the options: kept, since only the connection itself knows when it may be made again; a new one each time
 * would ask with a wrong secret until the account is locked.
 */
import type { HubPool, SharedHub } from '../destinations/hub-pool.js';
import type { RouteOptions } from './tenant-options.js';

interface RefusedWay {
  readonly optionsText: string;
  readonly hub: SharedHub;
}

/** See the head of this file. */
export class RefusedWays {
  readonly #hubs: HubPool;
  readonly #kept = new Map<string, RefusedWay>();

  /** @param hubs makes those that are not there */
  constructor(hubs: HubPool) {
    this.#hubs = hubs;
  }

  /** The way that was refused with the same options, or a new one; the caller's from now on. */
  take(options: RouteOptions): SharedHub {
    const kept = this.#kept.get(options.name);
    if (kept?.optionsText !== JSON.stringify(options)) return this.#hubs.acquire(options.hub);
    this.#kept.delete(options.name);
    return kept.hub;
  }

  /** Takes over a way that was refused, and closes another one of the same route. */
  async keep(options: RouteOptions, hub: SharedHub): Promise<void> {
    const before = this.#kept.get(options.name);
    this.#kept.set(options.name, { optionsText: JSON.stringify(options), hub });
    await before?.hub.close();
  }

  /** Closes all but those that are wanted. Never rejects. */
  async closeOthers(wanted: readonly RouteOptions[]): Promise<void> {
    const texts = new Set(wanted.map((options) => JSON.stringify(options)));
    const others = [...this.#kept].filter(([, { optionsText }]) => !texts.has(optionsText));
    for (const [name] of others) this.#kept.delete(name);
    await Promise.all(others.map(([, { hub }]) => hub.close()));
  }
}
