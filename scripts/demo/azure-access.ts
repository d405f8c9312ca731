/** Local Azure Event Hubs, and how the service gets into them: over which transport, with which credential. */
import { randomUUID } from 'node:crypto';
import type { HubDefinition } from '../../test/simulators/azure-event-hubs/hub.js';
import {
  LocalEventHubs,
  type LocalEventHubsOptions,
} from '../../test/simulators/azure-event-hubs/local-event-hubs.js';
import { LocalEntra } from '../../test/simulators/entra/local-entra.js';
import type { HubAccess } from './hub-access.js';
import type { LocalAuthority } from './local-authority.js';
import { type ReadEvent, type Reader, readHub } from './reader.js';

/** The transports that the demo knows; `auto` is what the service does by itself. */
export const DEMO_TRANSPORTS = ['auto', 'amqp', 'websocket', 'https'] as const;

/** The ways to authenticate that the demo knows. */
export const DEMO_AUTHS = ['sas', 'entra'] as const;

/** Which way in is wanted. */
export interface Way {
  readonly transport: (typeof DEMO_TRANSPORTS)[number];
  readonly auth: (typeof DEMO_AUTHS)[number];
}

/** How the hubs are set up. */
export interface AzureAccessOptions {
  /** One for each tenant. */
  readonly hubNames: readonly string[];
  readonly authority: LocalAuthority;
  readonly way: Way;
  /** Of plain AMQP; 0 for any free one. */
  readonly port: number;
  /** Hubs that no tenant sends to. */
  readonly extraHubs?: readonly HubDefinition[] | undefined;
  /** Limits and timers, and where events are kept; see `LocalEventHubsOptions`. */
  readonly limits?:
    | Partial<Pick<LocalEventHubsOptions, 'dataDir' | 'maxMessageBytes' | 'linkIdleMs' | 'connectionIdleMs'>>
    | undefined;
}

/** Two policies, so that a key can be changed as an operator does it: to the other one, then renewed. */
const POLICIES = ['primary', 'secondary'] as const;
const READER_POLICY = 'reader';
const PARTITIONS = 4;
/** The service is back at once. */
const PATIENCE_MS = 60_000;

/** See the head of this file. */
export class AzureAccess implements HubAccess {
  readonly eventHubs: LocalEventHubs;
  readonly patienceMs = PATIENCE_MS;
  readonly environment: Readonly<Record<string, string>>;
  readonly #entra: LocalEntra;
  readonly #way: Way;
  #policy: (typeof POLICIES)[number] = 'primary';
  #secret: string;

  private constructor(parts: {
    hubs: LocalEventHubs;
    entra: LocalEntra;
    way: Way;
    authority: LocalAuthority;
    secret: string;
  }) {
    const { hubs, entra, way, authority, secret } = parts;
    this.eventHubs = hubs;
    this.#entra = entra;
    this.#way = way;
    this.#secret = secret;
    this.environment = {
      HUB_HOSTS: 'localhost',
      NODE_EXTRA_CA_CERTS: authority.caFile,
      ...(way.auth === 'entra' ? { ENTRA_AUTHORITY_HOST: entra.url } : {}),
    };
  }

  /** Starts the hubs. */
  static async start(options: AzureAccessOptions): Promise<AzureAccess> {
    const { hubNames, authority, way, port, extraHubs = [], limits = {} } = options;
    const { tls } = authority;
    const secret = randomUUID();
    const entra = await LocalEntra.start({ tls, applications: { forwarder: secret } });
    const hubs = await LocalEventHubs.start({
      hubs: [...hubNames.map((name) => ({ name, partitionCount: PARTITIONS })), ...extraHubs],
      ...limits,
      amqpPort: port,
      tls,
      acceptJwt: way.auth === 'entra',
      rules: [...POLICIES, READER_POLICY].map((name) => ({
        name,
        key: randomUUID(),
        rights: [name === READER_POLICY ? 'Listen' : 'Manage'],
      })),
    });
    return new AzureAccess({ hubs, entra, way, authority, secret });
  }

  /** For the independent reader. */
  get readerConnectionString(): string {
    return this.eventHubs.connectionString({ rule: READER_POLICY });
  }

  options(hubName: string): Record<string, string> {
    const { transport, auth } = this.#way;
    if (auth === 'sas') {
      return { hubName, transport, 'credentials.connectionString': this.#connectionString() };
    }
    const port =
      transport === 'websocket' || transport === 'https'
        ? this.eventHubs.httpsPort
        : this.eventHubs.amqpsPort;
    return {
      hubName,
      transport,
      namespace: `localhost:${port}`,
      entraTenantId: 'local',
      entraClientId: 'forwarder',
      'credentials.entraClientSecret': this.#secret,
    };
  }

  unusableOptions(hubName: string): Record<string, string> {
    return { ...this.options(hubName), hubName: 'no such name!' };
  }

  read(hubName: string, onEvent: (event: ReadEvent) => void): Reader {
    return readHub(this.readerConnectionString, hubName, onEvent);
  }

  cut(): void {
    const { faults } = this.eventHubs;
    faults.cutBeforeAnswer(1);
    faults.cutSenders();
  }

  renew(): void {
    this.#policy = this.#policy === 'primary' ? 'secondary' : 'primary';
    this.eventHubs.rotateKey(this.#policy);
    this.#secret = randomUUID();
    this.#entra.addSecret('forwarder', this.#secret);
  }

  goAway(): Promise<void> {
    return this.eventHubs.faults.pauseListening();
  }

  comeBack(): Promise<void> {
    return this.eventHubs.faults.resumeListening();
  }

  async stop(): Promise<void> {
    await this.eventHubs.stop();
    await this.#entra.stop();
  }

  #connectionString(): string {
    const { transport } = this.#way;
    const rule = this.#policy;
    if (transport === 'amqp') return this.eventHubs.connectionString({ rule, tls: true });
    // With plain AMQP, as for Microsoft's emulator, nothing has to be trusted.
    if (transport === 'auto') return this.eventHubs.connectionString({ rule });
    return this.eventHubs.connectionString({ rule, webSocket: true });
  }
}
