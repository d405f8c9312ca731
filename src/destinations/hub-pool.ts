/**
 * The connections to event hubs, shared: all routes of all tenants that have the same hub, credential and transport
 * use one. The one owner of their lives.
 */
import type { Destination } from '../delivery/destination.js';
import { AzureHub } from './azure-event-hubs/azure-hub.js';
import type { AzureSettings } from './azure-event-hubs/azure-settings.js';
import type { HubAddress } from './hub-address.js';
import type { PredixSettings } from './predix-event-hub/hub-address.js';
import { PredixHub } from './predix-event-hub/predix-hub.js';
import { PREDIX_TIMING, type PredixTiming } from './predix-event-hub/timing.js';

/** What is in use on the way into a hub, for the status. */
export type HubWay = AzureHub['way'] | PredixHub['way'];

/** Settings of the process that concern event hubs. */
export type HubSettings = AzureSettings & PredixSettings;

/** A route's share of a connection; closing it closes the connection only if it was the last. */
export interface SharedHub extends Destination {
  readonly way: HubWay;
}

/** A connection, whatever its batches are. */
interface Hub extends Destination {
  readonly way: HubWay;
  /** Somebody has changed something: what was refused before may be taken now. */
  hurry?(): void;
}

interface Entry {
  readonly hub: Hub;
  users: number;
}

/** See the head of this file. */
export class HubPool {
  readonly #settings: HubSettings;
  readonly #predixTiming: PredixTiming;
  readonly #entries = new Map<string, Entry>();

  /**
   * @param settings of the process
   * @param predixTiming other than the default only in tests
   */
  constructor(settings: HubSettings, predixTiming = PREDIX_TIMING) {
    this.#settings = settings;
    this.#predixTiming = predixTiming;
  }

  /** How many connections there are. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * A share of the connection to a hub, which is made if there is none yet.
   * @param address equal addresses share
   */
  acquire(address: HubAddress): SharedHub {
    const key = JSON.stringify(address);
    const entry = this.#entries.get(key) ?? { hub: this.#connect(address), users: 0 };
    entry.hub.hurry?.();
    this.#entries.set(key, entry);
    entry.users++;
    const { hub } = entry;
    let isClosed = false;
    return {
      get way() {
        return hub.way;
      },
      open: (signal) => hub.open(signal),
      partitionFor: (partitionKey, partitionIds) => hub.partitionFor(partitionKey, partitionIds),
      createBatch: (partitionId, signal) => hub.createBatch(partitionId, signal),
      send: (batch, signal, answer) => hub.send(batch, signal, answer),
      close: async () => {
        if (isClosed) return;
        isClosed = true;
        entry.users--;
        if (entry.users > 0) return;
        this.#entries.delete(key);
        await hub.close();
      },
    };
  }
  /** A batch only ever goes to the destination that made it. */
  #connect(address: HubAddress): Hub {
    const hub =
      address.kind === 'azure'
        ? new AzureHub(address, this.#settings)
        : new PredixHub(address, this.#settings, this.#predixTiming);
    return hub as unknown as Hub;
  }
}
