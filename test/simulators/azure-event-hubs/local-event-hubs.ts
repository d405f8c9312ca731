/** The public face of the local Azure Event Hubs. */
import { type AuthorizationRule, AuthorizationRules } from './authorization-rules.js';
import { Broker } from './broker.js';
import { Endpoints, type TlsEndpoints } from './endpoints.js';
import { EventHubsFaults } from './faults.js';
import type { HubDefinition, LocalHub } from './hub.js';
import { entityNotFound } from './hub-errors.js';
import { IdleWatch } from './idle-watch.js';
import { AmqpServer } from './server.js';

/** How a local Event Hubs namespace is set up. */
export interface LocalEventHubsOptions {
  readonly hubs: readonly HubDefinition[];
  /** Name clients use and address to listen on; default `localhost`. */
  readonly host?: string;
  /** Port of plain AMQP; 0, the default, for any free one. */
  readonly amqpPort?: number;
  /** Adds AMQP over TLS, and HTTPS with AMQP over WebSocket and the send API; key and certificate in PEM. */
  readonly tls?: TlsEndpoints;
  /** Largest message in bytes; default 1048576. */
  readonly maxMessageBytes?: number;
  /** How long events are kept, in milliseconds; default 24 hours. */
  readonly retentionMs?: number;
  /** Shared access policies; default one root rule `RootManageSharedAccessKey` with a random key. */
  readonly rules?: readonly AuthorizationRule[];
  /** Whether any unexpired JSON web token is taken at `$cbs`, with all rights; default false. */
  readonly acceptJwt?: boolean;
  /**
   * Folder that keeps the events, so that they outlive this process; one process at a time. Default none: the
   * events are gone when it ends. What is acknowledged has been written, and with the power may still be lost.
   */
  readonly dataDir?: string;
  /** Drops connections that have put no valid token so long after connecting, in milliseconds; default never. */
  readonly tokenDeadlineMs?: number;
  /** Detaches links on which nothing moved for so long, in milliseconds; default never. */
  readonly linkIdleMs?: number;
  /** Closes connections that had no link for so long, in milliseconds; default never. */
  readonly connectionIdleMs?: number;
}

/** What a connection string is to hold. */
export interface ConnectionStringOptions {
  /** Adds the EntityPath. */
  readonly hub?: string;
  /** Default the first rule. */
  readonly rule?: string;
  /** For AMQP over TLS. */
  readonly tls?: boolean;
  /** For AMQP over WebSocket, which is always over TLS. */
  readonly webSocket?: boolean;
}

const defaultMaxMessageBytes = 1_048_576;
const defaultRetentionMs = 24 * 60 * 60 * 1000;

/**
 * An Event Hubs namespace in this process that unmodified Azure SDK clients work with. It keeps events in memory,
 * and on disk when it is told where. It has no Kafka, no Capture and no geo-replication.
 */
export class LocalEventHubs {
  readonly host: string;
  readonly faults: EventHubsFaults;
  readonly #broker: Broker;
  readonly #server: AmqpServer;
  readonly #endpoints: Endpoints;
  readonly #idleWatch: IdleWatch;

  private constructor(options: LocalEventHubsOptions) {
    this.host = options.host ?? 'localhost';
    this.#broker = new Broker({
      host: this.host,
      maxMessageBytes: options.maxMessageBytes ?? defaultMaxMessageBytes,
      retentionMs: options.retentionMs ?? defaultRetentionMs,
      acceptJwt: options.acceptJwt ?? false,
      rules: new AuthorizationRules(options.rules),
      dataDir: options.dataDir,
    });
    for (const hub of options.hubs) this.#broker.addHub(hub);
    this.#server = new AmqpServer(this.#broker);
    // One address, not both that localhost may stand for: some clients try only the first of them.
    const host = this.host === 'localhost' ? '127.0.0.1' : this.host;
    const { amqpPort = 0, tls } = options;
    this.#endpoints = new Endpoints({ host, amqpPort, tls }, this.#server, this.#broker);
    this.#idleWatch = new IdleWatch(() => this.#server.connections, options);
    this.faults = new EventHubsFaults(this.#broker, this.#server, this.#endpoints);
  }

  /**
   * Starts a namespace.
   *
   * @throws when a port is taken, or RangeError when a hub is defined wrongly.
   */
  static async start(options: LocalEventHubsOptions): Promise<LocalEventHubs> {
    const eventHubs = new LocalEventHubs(options);
    await eventHubs.#endpoints.listen();
    return eventHubs;
  }

  /** Port of plain AMQP. */
  get amqpPort(): number {
    return this.#endpoints.amqpPort;
  }

  /** Port of AMQP over TLS, if there is one. */
  get amqpsPort(): number | undefined {
    return this.#endpoints.amqpsPort;
  }

  /** Port of HTTPS and of AMQP over WebSocket, if there is one. */
  get httpsPort(): number | undefined {
    return this.#endpoints.httpsPort;
  }

  /**
   * A connection string for the SDKs. Without TLS it asks for the development emulator, which means plain TCP.
   *
   * @throws RangeError when the rule does not exist, or TLS is asked for and not set up.
   */
  connectionString({ hub, rule, tls, webSocket }: ConnectionStringOptions = {}): string {
    const port = webSocket ? this.httpsPort : tls ? this.amqpsPort : this.amqpPort;
    if (port === undefined) throw new RangeError('there is no listener with TLS');
    const { name, key } = this.#broker.rules.get(rule);
    const parts = [
      `Endpoint=sb://${this.host}:${port}/`,
      `SharedAccessKeyName=${name}`,
      `SharedAccessKey=${key}`,
    ];
    if (hub !== undefined) parts.push(`EntityPath=${hub}`);
    if (!tls && !webSocket) parts.push('UseDevelopmentEmulator=true');
    return parts.join(';');
  }

  /**
   * Adds a hub.
   *
   * @throws RangeError when it exists already or is defined wrongly.
   */
  addHub(hub: HubDefinition): void {
    this.#broker.addHub(hub);
  }

  /** Takes a hub and its events away; links to it are detached with `amqp:not-found`. */
  removeHub(name: string): void {
    const hub = this.#broker.removeHub(name);
    if (hub) this.#server.detachLinks(entityNotFound(`local:eventhub:${hub.name}~0`), { hub: hub.name });
  }

  /**
   * A hub with its logs.
   *
   * @throws RangeError when there is none of that name.
   */
  hub(name: string): LocalHub {
    const hub = this.#broker.findHub(name);
    if (!hub) throw new RangeError(`there is no hub ${name}`);
    return hub;
  }

  /**
   * Gives a rule a new key and returns it. Tokens made with the old key are refused from now on; claims already
   * granted hold until they expire or their connection ends, as in the service.
   *
   * @throws RangeError when there is no such rule.
   */
  rotateKey(ruleName: string): string {
    return this.#broker.rules.rotateKey(ruleName);
  }

  /** How many AMQP connections are open now. */
  connections(): number {
    return this.#server.connections.length;
  }

  /**
   * How many links are open now on which clients send to a hub. A link that was detached from this side counts
   * until its client has answered, so at 0 every client knows.
   */
  senderLinks(): number {
    return this.#server.countLinks('send');
  }

  /** How many links are open now on which clients read a hub, counted like those that send. */
  receiverLinks(): number {
    return this.#server.countLinks('read');
  }

  /** Closes every socket; nothing keeps the process running afterwards. */
  async stop(): Promise<void> {
    this.#idleWatch.stop();
    await this.#endpoints.close();
    this.#server.cut();
    this.#broker.close();
  }
}
