/**
 * The connections to Azure hubs, shared: all routes of all tenants that have the same hub, credential and transport
 * use one. The one owner of their lives.
 */
import type { Destination } from '../../delivery/destination.js';
import { AzureHub } from './azure-hub.js';
import type { AzureSettings } from './azure-settings.js';
import type { AzureHubAddress } from './hub-address.js';

/** A route's share of a connection; closing it closes the connection only if it was the last. */
export interface SharedHub extends Destination {
  /** See `AzureHub.way`. */
  readonly way: AzureHub['way'];
}

interface Entry {
  readonly hub: AzureHub;
  users: number;
}

/** See the head of this file. */
export class HubPool {
  readonly #settings: AzureSettings;
  readonly #entries = new Map<string, Entry>();

  constructor(settings: AzureSettings) {
    this.#settings = settings;
  }

  /** How many connections there are. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * A share of the connection to a hub, which is made if there is none yet.
   * @param address equal addresses share
   */
  acquire(address: AzureHubAddress): SharedHub {
    const key = JSON.stringify(address);
    const entry = this.#entries.get(key) ?? { hub: new AzureHub(address, this.#settings), users: 0 };
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
      send: (batch, signal) => hub.send(batch as Parameters<AzureHub['send']>[0], signal),
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
}
