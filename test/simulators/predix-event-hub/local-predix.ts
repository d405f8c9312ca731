/** The public face of the local Predix Event Hub. */

import { Server, ServerCredentials } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { Access, type Admission } from './access.js';
import { TokenCheck } from './auth/token-check.js';
import { PredixFaults } from './faults.js';
import { OpenCalls } from './grpc/open-calls.js';
import { publishHandler, sizedPublisherService } from './grpc/publisher.js';
import { subscriberHandlers } from './grpc/subscriber.js';
import { subscriberService } from './protocol.js';
import { Publication } from './publish/publication.js';
import { RateLimit, type RateLimitOptions, rateLimitOff } from './publish/rate-limit.js';
import type { Topic } from './store/topic.js';
import { defaultTopic, Zones } from './store/zones.js';
import { type SubscribeRules, subscribeRules } from './subscribe/rules.js';
import { Subscriptions } from './subscribe/subscriptions.js';

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
/** What a client of the real service asks about every 30 s (Predix contract, section 1). */
const healthService = 'predix-event-hub.grpc.health';
/** Above 1 MB, so that what is too large is answered and not cut off (Predix contract, section 9). */
const maxReceiveBytes = 4 * 1024 * 1024;

/** A Predix Event Hub in this process that unmodified clients work with. */
export class LocalPredix {
  readonly faults: PredixFaults;
  readonly rateLimit: RateLimit;
  readonly #options: LocalPredixOptions;
  readonly #zones: Zones;
  readonly #access: Access;
  readonly #calls: OpenCalls;
  readonly #subscriptions: Subscriptions;
  readonly #server: Server;
  #port = 0;

  private constructor(options: LocalPredixOptions) {
    this.#options = options;
    const { retentionMs = defaultRetentionMs, topicLimit = defaultTopicLimit, dataDir } = options;
    this.#zones = new Zones({ retentionMs, topicLimit, dataDir });
    for (const [zone, topics] of Object.entries(options.zones)) {
      this.#zones.addZone(zone);
      for (const topic of topics) this.#zones.createTopic(zone, topic);
    }
    this.rateLimit = new RateLimit({ ...rateLimitOff, ...options.rateLimit });
    const tokens = new TokenCheck({ trustedIssuers: options.trustedIssuers, ca: options.issuerCa });
    this.#access = new Access(this.#zones, tokens, options.scopePrefix);
    this.#calls = new OpenCalls(this.#access, { cutAtExpiry: options.cutAtExpiry ?? false });
    this.faults = new PredixFaults(this.#calls, { cut: () => undefined });
    this.#subscriptions = new Subscriptions({ ...subscribeRules, ...options.subscribe }, (line) =>
      options.log?.(line),
    );
    this.#server = this.#makeServer();
  }

  /**
   * Starts a service.
   *
   * @throws when a port is taken.
   */
  static async start(options: LocalPredixOptions): Promise<LocalPredix> {
    const service = new LocalPredix(options);
    await service.#listen();
    return service;
  }

  /** Host and port of gRPC, as it stands in VCAP_SERVICES. */
  get grpcUri(): string {
    return `localhost:${this.#port}`;
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
    return this.#calls.count(operation);
  }

  /** Closes every connection; nothing keeps the process running afterwards. */
  async stop(): Promise<void> {
    this.#server.forceShutdown();
    this.#subscriptions.stop();
    this.#zones.close();
  }

  #makeServer(): Server {
    const server = new Server({ 'grpc.max_receive_message_length': maxReceiveBytes });
    server.addService(sizedPublisherService(), {
      send: publishHandler({
        calls: this.#calls,
        publicationFor: (admission) => this.#publicationFor(admission),
        mayAnswer: () => this.faults.mayAnswer(),
      }),
    });
    server.addService(
      subscriberService,
      subscriberHandlers({
        calls: this.#calls,
        subscriptions: this.#subscriptions,
        log: (line) => this.#options.log?.(line),
      }),
    );
    new HealthImplementation({ [healthService]: 'SERVING' }).addToServer(server);
    return server;
  }

  #publicationFor({ zone, topics, clientId }: Admission): Publication {
    const [topic] = topics;
    if (topic === undefined) throw new RangeError('a publisher has a topic');
    const onLimited = (): void => this.#options.log?.(`zone ${zone}, client ${clientId}: Too Many Requests`);
    return new Publication({ zone, topic, rateLimit: this.rateLimit, faults: this.faults, onLimited });
  }

  async #listen(): Promise<void> {
    const { tls, port = 0 } = this.#options;
    const credentials =
      tls === undefined
        ? ServerCredentials.createInsecure()
        : ServerCredentials.createSsl(null, [
            { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert) },
          ]);
    this.#port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(`127.0.0.1:${port}`, credentials, (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
  }
}
