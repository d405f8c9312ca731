/** What all connections share: hubs, rules, readers, limits and the faults in force. */
import type { AuthorizationRules } from './authorization-rules.js';
import { ReaderRegistry } from './epochs.js';
import { type HubDefinition, LocalHub } from './hub.js';
import { SendFaults } from './send-faults.js';

/** Settings of the namespace. */
export interface BrokerSettings {
  readonly host: string;
  readonly maxMessageBytes: number;
  readonly retentionMs: number;
  readonly acceptJwt: boolean;
  readonly rules: AuthorizationRules;
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
  readonly #retentionMs: number;
  readonly #hubs = new Map<string, LocalHub>();

  /** @param settings how the namespace is set up. */
  constructor(settings: BrokerSettings) {
    this.host = settings.host;
    this.acceptJwt = settings.acceptJwt;
    this.rules = settings.rules;
    this.maxMessageBytes = settings.maxMessageBytes;
    this.#retentionMs = settings.retentionMs;
  }

  /**
   * Adds a hub.
   *
   * @throws RangeError when a hub of that name exists.
   */
  addHub(definition: HubDefinition): LocalHub {
    if (this.findHub(definition.name)) throw new RangeError(`hub ${definition.name} exists already`);
    const hub = new LocalHub(definition, this.#retentionMs);
    this.#hubs.set(definition.name.toLowerCase(), hub);
    return hub;
  }

  /** Takes a hub away and returns it, or undefined when there is none of that name. */
  removeHub(name: string): LocalHub | undefined {
    const hub = this.findHub(name);
    this.#hubs.delete(name.toLowerCase());
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
}
