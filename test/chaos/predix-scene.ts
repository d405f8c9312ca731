/** A Predix Event Hub with what faults strike around it, and publishers that get in by the service's options. */
import { credentials } from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';
import type { Ending, Stage, StageTenant } from '../../scripts/chaos/fault.js';
import { PREDIX_FAULTS } from '../../scripts/chaos/predix-faults.js';
import type { Predix } from '../../scripts/chaos/predix-hubs.js';
import { ProxiedPredix } from '../../scripts/chaos/proxied-predix.js';
import { LocalAuthority } from '../../scripts/demo/local-authority.js';
import { TestPublisher } from '../simulators/predix-event-hub/grpc/test-publisher.js';
import { askToken } from '../simulators/predix-event-hub/uaa/ask-token.js';

type Options = Readonly<Record<string, string>>;

/** See the head of this file. Its zones are z1 and z2. */
export class PredixScene {
  readonly access: ProxiedPredix;
  /** By tenant, what was last put into its options. */
  readonly put = new Map<string, Options>();
  readonly #ca: string;

  private constructor(access: ProxiedPredix, ca: string) {
    this.access = access;
    this.#ca = ca;
  }

  static async start(): Promise<PredixScene> {
    const authority = new LocalAuthority();
    onTestFinished(() => authority.remove());
    const access = await ProxiedPredix.start({ zones: ['z1', 'z2'], authority, protocol: 'grpc', port: 0 });
    onTestFinished(() => access.stop());
    return new PredixScene(access, authority.tls.cert);
  }

  /** Strikes z1, or everything. Returns what ends it. */
  async strike(name: string, dice = 0): Promise<Ending> {
    const fault = PREDIX_FAULTS.find((each) => each.name === name);
    if (fault === undefined) throw new Error(`there is no fault ${name}`);
    const tenants = ['z1', 'z2'].map((zone) => this.#tenant(zone));
    const cumulocity = { setOptions: (id: string, options: Options) => this.put.set(id, options) };
    const stage = { access: this.access, tenants, cumulocity } as unknown as Stage<Predix>;
    const tenant = tenants[0] as StageTenant<Predix>;
    const struck = { tenant, dice, lastsMs: 0, signal: new AbortController().signal };
    const ending = await fault.begin(stage, { ...struck, copy: undefined as never });
    return ending ?? (() => undefined);
  }

  /** Rejects when there is no token for a client with this secret; default the one in the options. */
  token(
    zone: string,
    secret = this.access.options(zone)['credentials.predix.clientSecret'],
  ): Promise<string> {
    const scopes = ['user', 'grpc.publish'].map((name) => `predix-event-hub.zones.${zone}.${name}`);
    return askToken(this.access.options('z1')['predix.authUrl'] ?? '', {
      ...{ clientId: 'forwarder', secret: secret ?? '', scope: scopes.join(' '), ca: this.#ca },
    });
  }

  /** A stream that goes through the zone's proxy. */
  async publisher(zone: string): Promise<TestPublisher> {
    return new TestPublisher({
      uri: `localhost:${this.access.wayOf(zone).port}`,
      headers: { authorization: await this.token(zone), 'predix-zone-id': zone, 'sync-acks': 'true' },
      channel: credentials.createSsl(Buffer.from(this.#ca)),
    });
  }

  /** How many messages a zone has. */
  stored(zone: string): number {
    return this.access.service.topic(zone).messageCount;
  }

  #tenant(zone: string): StageTenant<Predix> {
    const reader = undefined as never;
    return { id: `t-${zone}`, hubName: zone, reader, options: () => this.access.options(zone) };
  }
}

/** Messages for a stream: each has an id, and a body of so many bytes. */
export function messages(
  count: number,
  zone: string,
  bytes = 2,
): { id: string; body: Buffer; zone_id: string }[] {
  return Array.from({ length: count }, (_, at) => ({
    id: `m${at}`,
    body: Buffer.alloc(bytes, '1'),
    zone_id: zone,
  }));
}
