/** What all connections share: hubs, rules, readers, limits and the faults in force. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AuthorizationRules } from './authorization-rules.js';
import { ReaderRegistry } from './epochs.js';
import { type HubDefinition, LocalHub } from './hub.js';
import { PartitionStore } from './partition-store.js';
import { SendFaults } from './send-faults.js';

/** Settings of the namespace. */
export interface BrokerSettings {
  readonly host: string;
  readonly maxMessageBytes: number;
  readonly retentionMs: number;
  readonly acceptJwt: boolean;
  readonly rules: AuthorizationRules;
  /** Where the logs are kept on disk; without it they are gone with the process. */
  readonly dataDir: string | undefined;
}

/**
 * The meaning of one namespace. It does no input or output.
 */
export class Broker {
  readonly host: string;
  readonly acceptJwt: boolean;
  readonly rules: AuthorizationRules;
  readonly faults = new SendFaults();
  readonly readers = new ReaderRegistry();
  /** Largest message, in bytes; announced on every link and held on every send. */
  maxMessageBytes: number;
  /** While true, nobody has the right to send, whatever the claims say. */
  sendWithdrawn = false;
  readonly #retentionMs: number;
  readonly #dataDir: string | undefined;
  readonly #hubs = new Map<string, LocalHub>();

  /** @param settings how the namespace is set up. */
  constructor(settings: BrokerSettings) {
    this.host = settings.host;
    this.acceptJwt = settings.acceptJwt;
    this.rules = settings.rules;
    this.maxMessageBytes = settings.maxMessageBytes;
    this.#retentionMs = settings.retentionMs;
    this.#dataDir = settings.dataDir;
  }

  /**
   * Adds a hub.
   *
   * @throws RangeError when a hub of that name exists.
   */
  addHub(definition: HubDefinition): LocalHub {
    if (this.findHub(definition.name)) throw new RangeError(`hub ${definition.name} exists already`);
    const hub = new LocalHub(definition, this.#retentionMs, this.#storesOf(definition.name));
    this.#hubs.set(definition.name.toLowerCase(), hub);
    return hub;
  }

  /** Takes a hub away, with what is on disk of it, and returns it, or undefined when there is none of that name. */
  removeHub(name: string): LocalHub | undefined {
    const hub = this.findHub(name);
    if (!hub) return undefined;
    this.#hubs.delete(name.toLowerCase());
    hub.close();
    if (this.#dataDir !== undefined) rmSync(hubFolder(this.#dataDir, name), { recursive: true, force: true });
    return hub;
  }

  /** The hub of that name; case does not matter. */
  findHub(name: string): LocalHub | undefined {
    return this.#hubs.get(name.toLowerCase());
  }

  /** The URI of a path in this namespace, for error texts. */
  resourceUri(path: string): string {
    return `sb://${this.host}/${path}`;
  }

  /** Writes what is waiting and lets go of all files. */
  close(): void {
    for (const hub of this.#hubs.values()) hub.close();
  }

  #storesOf(hub: string): ((partitionId: string) => PartitionStore) | undefined {
    const dataDir = this.#dataDir;
    if (dataDir === undefined) return undefined;
    const keptSinceMs = Date.now() - this.#retentionMs;
    return (id) => new PartitionStore(join(hubFolder(dataDir, hub), `${id}.log`), keptSinceMs);
  }
}

/** Hub names may hold slashes and dots, and their case does not matter. */
function hubFolder(dataDir: string, hub: string): string {
  return join(dataDir, `hub-${encodeURIComponent(hub.toLowerCase())}`);
}
