/** A tenant whose events go to a local Predix Event Hub. */
import { onTestFinished } from 'vitest';
import type { PredixProtocol } from '../../src/destinations/predix-event-hub/hub-address.js';
import type { PredixWay } from '../../src/destinations/predix-event-hub/predix-hub.js';
import { LocalPredix, type LocalPredixOptions } from '../simulators/predix-event-hub/local-predix.js';
import type { Topic } from '../simulators/predix-event-hub/store/topic.js';
import type { LocalUaa } from '../simulators/predix-event-hub/uaa/local-uaa.js';
import { CLIENT, type PredixScene, startPredix, ZONE } from '../support/predix.js';
import { Harness } from './harness.js';

/** The tenant's id. */
export const TENANT = 't1';

const PLAIN = { TLS_PEM_FILE: 'none' };

/** See the head of this file. */
export class PredixTenant {
  readonly harness: Harness;
  readonly uaa: LocalUaa;
  readonly #protocol: PredixProtocol;
  readonly #options: Partial<LocalPredixOptions>;
  service: LocalPredix;

  private constructor(
    harness: Harness,
    scene: PredixScene,
    protocol: PredixProtocol,
    options: Partial<LocalPredixOptions>,
  ) {
    this.harness = harness;
    this.service = scene.service;
    this.uaa = scene.uaa;
    this.#protocol = protocol;
    this.#options = options;
  }

  /**
   * Starts everything and waits until the service forwards.
   * @param change tenant options
   */
  static async start(
    protocol: PredixProtocol,
    options: Partial<LocalPredixOptions> = {},
    { change = {}, lifetimeSeconds }: { change?: Record<string, string>; lifetimeSeconds?: number } = {},
  ): Promise<PredixTenant> {
    const harness = await Harness.start();
    const scene = await startPredix(options, lifetimeSeconds);
    const tenant = new PredixTenant(harness, scene, protocol, options);
    const topic = change['predix.topic'] ?? 'topic';
    tenant.watch(topic);
    harness.addTenantElsewhere(TENANT, { ...tenant.options, ...change });
    harness.cumulocity.subscribeTenant(TENANT);
    await harness.startService(PLAIN);
    await harness.untilForwarding(TENANT);
    return tenant;
  }

  /** The tenant's options. */
  get options(): Record<string, string> {
    const { host } =
      this.#protocol === 'grpc' ? { host: this.service.grpcUri } : new URL(this.service.wssUri);
    return {
      destination: 'predix',
      'predix.protocol': this.#protocol,
      'predix.host': host,
      'predix.zoneId': ZONE,
      'predix.authUrl': this.uaa.issuer,
      'predix.clientId': CLIENT.id,
      'credentials.predix.clientSecret': CLIENT.secret,
    };
  }

  /** How the way into the hub is, as the status shows it. */
  get destination(): PredixWay & { readonly failure: { readonly condition: string } | undefined } {
    return this.harness.route(TENANT).destination as unknown as ReturnType<() => PredixTenant['destination']>;
  }

  /** What is wrong with the tenant's options. */
  get problems(): readonly string[] {
    return this.harness.status(TENANT)?.problems ?? [];
  }

  /** Notes what is stored in a topic from now on; a topic that is made anew has to be watched anew. */
  watch(name = 'topic'): Topic {
    const topic = this.service.topic(ZONE, name);
    for (const partition of topic.partitions) {
      let next = partition.nextOffset;
      partition.onAppended(() => {
        for (let message = partition.at(next); message !== undefined; message = partition.at(next)) {
          next++;
          this.harness.noteRead(TENANT, message.body);
        }
      });
    }
    return topic;
  }

  /** Stops the hub and starts it again at the same addresses, with what it keeps in its folder. */
  async restartHub(): Promise<void> {
    const portOf = (authority: string): number => Number(authority.split(':').at(-1));
    const ports = { port: portOf(this.service.grpcUri), wssPort: portOf(new URL(this.service.wssUri).host) };
    await this.service.stop();
    this.service = await LocalPredix.start({
      zones: { [ZONE]: [] },
      trustedIssuers: [this.uaa.issuer],
      ...this.#options,
      ...ports,
    });
    onTestFinished(() => this.service.stop());
    this.watch();
  }
}
