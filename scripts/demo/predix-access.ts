/** A local Predix Event Hub with its UAA, and how the service gets into it: over which protocol, described how. */
import { randomUUID } from 'node:crypto';
import type { LocalPredix } from '../../test/simulators/predix-event-hub/local-predix.js';
import { askToken } from '../../test/simulators/predix-event-hub/uaa/ask-token.js';
import { LocalUaa } from '../../test/simulators/predix-event-hub/uaa/local-uaa.js';
import { vcapServices } from '../../test/simulators/predix-event-hub/vcap.js';
import type { HubAccess } from './hub-access.js';
import type { LocalAuthority } from './local-authority.js';
import { readZone } from './predix-reader.js';
import { type PredixAddresses, portsOf, startService } from './predix-service.js';
import type { ReadEvent, Reader } from './reader.js';

/** The protocols that the demo knows. */
export const DEMO_PROTOCOLS = ['grpc', 'websocket'] as const;

/** One of {@link DEMO_PROTOCOLS}. */
export type DemoProtocol = (typeof DEMO_PROTOCOLS)[number];

/** Ports; 0 for any free one. */
export interface PredixPorts {
  readonly grpc: number;
  readonly webSocket: number;
  readonly admin: number;
  readonly uaa: number;
}

/** How the hub is set up. */
export interface PredixAccessOptions {
  /** One for each tenant. */
  readonly zones: readonly string[];
  readonly authority: LocalAuthority;
  /** What the service publishes over. */
  readonly protocol: DemoProtocol;
  /** What it takes of each zone in 30 seconds, in bytes; not given: everything. */
  readonly limitBytes?: number | undefined;
  readonly ports?: Partial<PredixPorts>;
  /** Folder that keeps messages over a restart. */
  readonly dataDir?: string | undefined;
  /** Life of a token in seconds; default that of UAA. */
  readonly tokenSeconds?: number;
  /** Whether the hub ends streams with their token; default false. */
  readonly cutAtExpiry?: boolean;
}

/** Of the service; it may do everything in every zone, as an application that the hub is bound to. */
const CLIENT = 'forwarder';
const READER_CLIENT = 'reader';

const SUBSCRIBE = ['user', 'grpc.subscribe', '*.grpc.subscribe'];
const EVERYTHING = [...SUBSCRIBE, 'admin', 'grpc.publish', 'wss.publish', '*.grpc.publish', '*.wss.publish'];

/** After repeated losses the service waits up to 300 s, 10 % more or less, before it dials again. */
const PATIENCE_MS = 60_000 + 330_000;

/** See the head of this file. */
export class PredixAccess implements HubAccess {
  readonly uaa: LocalUaa;
  readonly patienceMs = PATIENCE_MS;
  readonly environment: Readonly<Record<string, string>>;
  /** Of the client that publishes, subscribes and makes topics. */
  readonly clientId = CLIENT;
  readonly #options: PredixAccessOptions;
  readonly #readerSecret: string;
  /** It comes back at the same ones. */
  readonly #addresses: PredixAddresses;
  #service: LocalPredix;
  #secret: string;
  #secretBefore: string | undefined;

  private constructor(
    options: PredixAccessOptions,
    parts: { service: LocalPredix; uaa: LocalUaa; secret: string; readerSecret: string },
  ) {
    this.#options = options;
    this.#service = parts.service;
    this.uaa = parts.uaa;
    this.#secret = parts.secret;
    this.#readerSecret = parts.readerSecret;
    const { grpcUri, wssUri, adminUrl } = parts.service;
    this.#addresses = { grpcUri, wssUri, adminUrl };
    this.environment = { HUB_HOSTS: 'localhost', TLS_PEM_FILE: options.authority.caFile };
  }

  /** Starts the UAA and the hub. */
  static async start(options: PredixAccessOptions): Promise<PredixAccess> {
    const { zones, authority, ports = {}, tokenSeconds } = options;
    const [secret, readerSecret] = [randomUUID(), randomUUID()];
    const clients = {
      [CLIENT]: { secret, authorities: scopesIn(zones, EVERYTHING) },
      [READER_CLIENT]: { secret: readerSecret, authorities: scopesIn(zones, SUBSCRIBE) },
    };
    const uaa = await LocalUaa.start({
      ...{ clients, tls: authority.tls, port: ports.uaa },
      ...(tokenSeconds === undefined ? {} : { lifetimeSeconds: tokenSeconds }),
    });
    const service = await startService(options, uaa.issuer, ports);
    return new PredixAccess(options, { service, uaa, secret, readerSecret });
  }

  /** The hub; another one after `comeBack`. */
  get service(): LocalPredix {
    return this.#service;
  }

  /** The secret of the client. */
  get clientSecret(): string {
    return this.#secret;
  }

  /** The binding of an application to a zone: what VCAP_SERVICES holds, as JSON. */
  vcap(zone: string): string {
    const { grpcUri, wssUri, adminUrl } = this.#addresses;
    return JSON.stringify(
      vcapServices({ zone, grpcUri, wssUri, adminUri: adminUrl, issuer: this.uaa.issuer }),
    );
  }

  /** Every second zone is described by a binding, the others by one option for each thing. */
  options(zone: string): Record<string, string> {
    const common = {
      destination: 'predix',
      'predix.protocol': this.#options.protocol,
      'predix.clientId': CLIENT,
      'credentials.predix.clientSecret': this.#secret,
    };
    if (this.#options.zones.indexOf(zone) % 2 === 1) {
      return { ...common, 'credentials.predix.vcapServices': this.vcap(zone) };
    }
    return {
      ...common,
      'predix.host': this.#host,
      'predix.zoneId': zone,
      'predix.authUrl': this.uaa.issuer,
    };
  }

  unusableOptions(zone: string): Record<string, string> {
    return { ...this.options(zone), 'predix.protocol': 'no such protocol!' };
  }

  read(zone: string, onEvent: (event: ReadEvent) => void): Reader {
    const ca = this.#options.authority.tls.cert;
    const scope = scopesIn([zone], ['user', 'grpc.subscribe']).join(' ');
    const question = { clientId: READER_CLIENT, secret: this.#readerSecret, scope, ca };
    const token = (): Promise<string> => askToken(this.uaa.issuer, question);
    return readZone({ grpcUri: this.#addresses.grpcUri, zone, ca, token }, onEvent);
  }

  cut(): void {
    const { faults } = this.service;
    faults.loseAnswers(1);
    faults.cutStreams('publish');
  }

  renew(): void {
    if (this.#secretBefore !== undefined) this.uaa.removeSecret(CLIENT, this.#secretBefore);
    this.#secretBefore = this.#secret;
    this.#secret = randomUUID();
    this.uaa.addSecret(CLIENT, this.#secret);
  }

  /** Stops the hub; the UAA goes on. Only where there is a `dataDir`: nothing else would be left. */
  async goAway(): Promise<void> {
    if (this.#options.dataDir === undefined)
      throw new Error('a hub without a folder would lose what it holds');
    await this.#service.stop();
  }

  async comeBack(): Promise<void> {
    this.#service = await startService(this.#options, this.uaa.issuer, portsOf(this.#addresses));
  }

  async stop(): Promise<void> {
    await this.service.stop();
    await this.uaa.stop();
  }

  get #host(): string {
    const { grpcUri, wssUri } = this.#addresses;
    return this.#options.protocol === 'websocket' ? new URL(wssUri).host : grpcUri;
  }
}

function scopesIn(zones: readonly string[], names: readonly string[]): readonly string[] {
  return zones.flatMap((zone) => names.map((name) => `predix-event-hub.zones.${zone}.${name}`));
}
