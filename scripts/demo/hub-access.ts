/** The local event hubs of the demo, and how the service gets into them: over which transport, with which credential. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HubDefinition } from '../../test/simulators/azure-event-hubs/hub.js';
import {
  LocalEventHubs,
  type LocalEventHubsOptions,
} from '../../test/simulators/azure-event-hubs/local-event-hubs.js';
import { selfSignedCertificate } from '../../test/simulators/azure-event-hubs/self-signed-certificate.js';
import { LocalEntra } from '../../test/simulators/entra/local-entra.js';

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
export interface HubAccessOptions {
  /** One for each tenant. */
  readonly hubNames: readonly string[];
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

/** See the head of this file. */
export class HubAccess {
  readonly eventHubs: LocalEventHubs;
  readonly #entra: LocalEntra;
  readonly #way: Way;
  /** The certificate authority of all TLS ports, in PEM. */
  readonly caFile: string;
  readonly #folder: string;
  readonly #environment: Record<string, string>;
  #policy: (typeof POLICIES)[number] = 'primary';
  #secret: string;

  private constructor(parts: {
    hubs: LocalEventHubs;
    entra: LocalEntra;
    way: Way;
    cert: string;
    secret: string;
  }) {
    this.eventHubs = parts.hubs;
    this.#entra = parts.entra;
    this.#way = parts.way;
    this.#secret = parts.secret;
    this.#folder = mkdtempSync(join(tmpdir(), 'demo-'));
    this.caFile = join(this.#folder, 'ca.pem');
    writeFileSync(this.caFile, parts.cert);
    this.#environment = {
      HUB_HOSTS: 'localhost',
      NODE_EXTRA_CA_CERTS: this.caFile,
      ...(parts.way.auth === 'entra' ? { ENTRA_AUTHORITY_HOST: parts.entra.url } : {}),
    };
  }

  /** Starts the hubs. */
  static async start(options: HubAccessOptions): Promise<HubAccess> {
    const { hubNames, way, port, extraHubs = [], limits = {} } = options;
    const tls = selfSignedCertificate();
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
    return new HubAccess({ hubs, entra, way, cert: tls.cert, secret });
  }

  /** What the service's environment needs besides that of Cumulocity. */
  get environment(): Readonly<Record<string, string>> {
    return this.#environment;
  }

  /** For the independent reader. */
  get readerConnectionString(): string {
    return this.eventHubs.connectionString({ rule: READER_POLICY });
  }

  /** Tenant options that lead into a hub. */
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

  /** Makes a new key or secret; `options` has it from now on. The one before is still good. */
  renew(): void {
    this.#policy = this.#policy === 'primary' ? 'secondary' : 'primary';
    this.eventHubs.rotateKey(this.#policy);
    this.#secret = randomUUID();
    this.#entra.addSecret('forwarder', this.#secret);
  }

  async stop(): Promise<void> {
    await this.eventHubs.stop();
    await this.#entra.stop();
    rmSync(this.#folder, { recursive: true, force: true });
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
