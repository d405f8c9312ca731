/** The public face of the local Predix Event Hub. */

import { Access, type Admission } from './access.js';
import { AdminServer } from './admin/admin-server.js';
import { TokenCheck } from './auth/token-check.js';
import { PredixFaults } from './faults.js';
import { GrpcServer } from './grpc/grpc-server.js';
import { OpenCalls } from './grpc/open-calls.js';
import { Publication } from './publish/publication.js';
import { RateLimit, type RateLimitOptions, rateLimitOff } from './publish/rate-limit.js';
import type { Topic } from './store/topic.js';
import { defaultTopic, Zones } from './store/zones.js';
import { type SubscribeRules, subscribeRules } from './subscribe/rules.js';
import { Subscriptions } from './subscribe/subscriptions.js';
import type { WsAckStyle } from './websocket/ack-json.js';
import { PublishServer } from './websocket/publish-server.js';

/** How a service is set up. */
export interface LocalPredixOptions {
  /** Zones and the topics that they have besides the default one. */
  readonly zones: Readonly<Record<string, readonly string[]>>;
  /** Whose tokens are taken: URLs that end in `/oauth/token`. */
  readonly trustedIssuers: readonly string[];
  /** Certificate authority of the issuers, in PEM; undefined: none is needed. */
  readonly issuerCa?: string | undefined;
  /** Key and certificate in PEM; undefined: plain text. */
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
  /** Port of gRPC; 0, the default, for any free one. */
  readonly port?: number;
  /** Port of WebSocket; likewise. */
  readonly wssPort?: number;
  /** Port of the topics' REST API; likewise. */
  readonly adminPort?: number;
  /** In which form acknowledgements go over a WebSocket; default as documented. */
  readonly wsAckStyle?: WsAckStyle;
  /** Whether a WebSocket without an Origin is refused; default false. */
  readonly requireOrigin?: boolean;
  /** Folder that keeps messages and positions, so that they outlive this process. */
  readonly dataDir?: string | undefined;
  /** In milliseconds; default 24 hours. */
  readonly retentionMs?: number;
  /** Topics besides the default one; default 10. */
  readonly topicLimit?: number;
  readonly rateLimit?: Partial<RateLimitOptions>;
  /** Limits of subscribers; default those of the service. */
  readonly subscribe?: Partial<SubscribeRules>;
  /** Ends streams when their token ends; default false. */
  readonly cutAtExpiry?: boolean;
  /** What scopes begin with; default that of the service. */
  readonly scopePrefix?: string | undefined;
  /** Takes a line for each thing worth to be known; default none. */
  readonly log?: (line: string) => void;
}

const defaultRetentionMs = 24 * 60 * 60 * 1000;
const defaultTopicLimit = 10;

/** A Predix Event Hub in this process that unmodified clients work with. */
export class LocalPredix {
  readonly faults: PredixFaults;
  readonly rateLimit: RateLimit;
  readonly #options: LocalPredixOptions;
  readonly #zones: Zones;
  readonly #access: Access;
  readonly #calls: OpenCalls;
  readonly #subscriptions: Subscriptions;
  readonly #server: GrpcServer;
  readonly #tokens: TokenCheck;
  #port = 0;
  #publishServer: PublishServer | undefined;
  #adminServer: AdminServer | undefined;

  private constructor(options: LocalPredixOptions) {
    this.#options = options;
    const { retentionMs = defaultRetentionMs, topicLimit = defaultTopicLimit, dataDir } = options;
    this.#zones = Zones.open(options.zones, { retentionMs, topicLimit, dataDir });
    this.rateLimit = new RateLimit({ ...rateLimitOff, ...options.rateLimit });
    this.#tokens = new TokenCheck({ trustedIssuers: options.trustedIssuers, ca: options.issuerCa });
    this.#access = new Access(this.#zones, this.#tokens, options.scopePrefix);
    this.#calls = new OpenCalls(this.#access, { cutAtExpiry: options.cutAtExpiry ?? false });
    this.faults = new PredixFaults(this.#calls, { cut: () => this.#publishServer?.cut() });
    this.#subscriptions = new Subscriptions({ ...subscribeRules, ...options.subscribe }, (line) =>
      options.log?.(line),
    );
    this.#server = this.#makeServer();
  }

  /**
   * Starts a service.
   *
   * @throws when a port is taken, or the folder by another service; LogFileError when a file of it is something else;
   *   RangeError when a zone is to have more topics than it may, or one with a name that no topic can have.
   */
  static async start(options: LocalPredixOptions): Promise<LocalPredix> {
    const service = new LocalPredix(options);
    try {
      await service.#listen();
    } catch (thrown) {
      await service.stop();
      throw thrown;
    }
    return service;
  }

  /** Host and port of gRPC, as it stands in VCAP_SERVICES. */
  get grpcUri(): string {
    return `localhost:${this.#port}`;
  }

  /** URL of publishing over WebSocket, as it stands in VCAP_SERVICES. */
  get wssUri(): string {
    if (this.#publishServer === undefined) throw new Error('the service is not started');
    return this.#publishServer.url;
  }

  /** URL of the topics' REST API, without a path. */
  get adminUrl(): string {
    if (this.#adminServer === undefined) throw new Error('the service is not started');
    return this.#adminServer.url;
  }

  /**
   * A topic with its messages.
   *
   * @throws RangeError when there is none of that name.
   */
  topic(zone: string, name = defaultTopic): Topic {
    const topic = this.#zones.topic(zone, name);
    if (topic === undefined) throw new RangeError(`there is no topic ${name} in zone ${zone}`);
    return topic;
  }

  /** Makes a topic; see `Zones`. */
  createTopic(zone: string, name: string): void {
    this.#zones.createTopic(zone, name);
  }

  /** Deletes a topic; see `Zones`. */
  deleteTopic(zone: string, name: string): void {
    this.#zones.deleteTopic(zone, name);
  }

  /** How many streams are open. */
  openStreams(operation: 'publish' | 'subscribe'): number {
    const sockets = operation === 'publish' ? (this.#publishServer?.openSockets ?? 0) : 0;
    return this.#calls.count(operation) + sockets;
  }

  /** Closes every connection; nothing keeps the process running afterwards. */
  async stop(): Promise<void> {
    this.#server.stop();
    await Promise.all([this.#publishServer?.stop(), this.#adminServer?.stop()]);
    this.#subscriptions.stop();
    this.#zones.close();
  }

  #makeServer(): GrpcServer {
    const log = (line: string): void => this.#options.log?.(line);
    const publisher = {
      publicationFor: (admission: Admission) => this.#publicationFor(admission),
      mayAnswer: () => this.faults.mayAnswer(),
    };
    return new GrpcServer({ calls: this.#calls, subscriptions: this.#subscriptions, ...publisher, log });
  }

  #publicationFor({ zone, topics, clientId }: Admission): Publication {
    const [topic] = topics;
    if (topic === undefined) throw new RangeError('a publisher has a topic');
    const onLimited = (): void => this.#options.log?.(`zone ${zone}, client ${clientId}: Too Many Requests`);
    return new Publication({ zone, topic, rateLimit: this.rateLimit, faults: this.faults, onLimited });
  }

  async #listen(): Promise<void> {
    const { tls, port = 0 } = this.#options;
    this.#port = await this.#server.listen(port, tls);
    await this.#listenHttp();
  }

  async #listenHttp(): Promise<void> {
    const { tls, wssPort = 0, adminPort = 0, cutAtExpiry = false, requireOrigin = false } = this.#options;
    const { wsAckStyle = 'documented', scopePrefix } = this.#options;
    this.#publishServer = await PublishServer.start({
      access: this.#access,
      publicationFor: (admission) => this.#publicationFor(admission),
      mayAnswer: () => this.faults.mayAnswer(),
      log: (line) => this.#options.log?.(line),
      ...{ tls, port: wssPort, cutAtExpiry, requireOrigin, wsAckStyle },
    });
    this.#adminServer = await AdminServer.start({
      directory: this.#zones,
      tokens: this.#tokens,
      ...{ tls, port: adminPort, scopePrefix },
    });
  }
}
