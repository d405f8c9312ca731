/** Forwards a tenant of a local Cumulocity to a local event hub and compares both ends. */
import { setTimeout as delay } from 'node:timers/promises';
import { LocalEventHubs } from '../../test/simulators/azure-event-hubs/local-event-hubs.js';
import { LocalCumulocity, type LocalTenant } from '../../test/simulators/cumulocity/local-cumulocity.js';
import { emittedObservation, observeFlatEvent } from '../demo/observation.js';
import { readHub } from '../demo/reader.js';
import { Comparison, type Verdict } from '../demo/verdict.js';
import { PackagingError } from '../package/errors.js';
import type { Manifest } from '../package/manifest.js';

const TENANT = 't2001';
const HUB = { name: 'events', partitionCount: 4 };
/** The topic that the service reads in each tenant. */
const TOPIC = 'eventhubsforwarder';
const DEVICES = 10;
const MEASUREMENTS_AT_ONCE = 100;
const LOOK_AGAIN_MS = 20;
const PATIENCE_MS = 60_000;

/** See the head of this file. */
export class Forwarding {
  readonly #cumulocity: LocalCumulocity;
  readonly #eventHubs: LocalEventHubs;
  readonly #tenant: LocalTenant;
  readonly #comparison = new Comparison();

  private constructor(cumulocity: LocalCumulocity, eventHubs: LocalEventHubs) {
    this.#cumulocity = cumulocity;
    this.#eventHubs = eventHubs;
    this.#tenant = cumulocity.addTenant(TENANT);
  }

  /** Starts both ends. The application has the roles of the manifest and no others. */
  static async start(manifest: Manifest): Promise<Forwarding> {
    const cumulocity = await LocalCumulocity.start({
      applicationName: manifest.name,
      settingsCategory: manifest['settingsCategory'] as string,
      requiredRoles: manifest['requiredRoles'] as string[],
      roles: manifest['roles'] as string[],
    });
    return new Forwarding(cumulocity, await LocalEventHubs.start({ hubs: [HUB] }));
  }

  /** What Cumulocity injects, and where the hub may be. */
  environment(port: number): Record<string, string> {
    return {
      ...this.#cumulocity.serviceEnvironment(),
      SERVER_PORT: String(port),
      HUB_HOSTS: this.#eventHubs.host,
      TENANT_POLL_SECONDS: '0.5',
    };
  }

  /** Notifications that the service has not acknowledged. */
  get unacknowledged(): number {
    return this.#tenant.topic(TOPIC)?.unacknowledged ?? 0;
  }

  /**
   * Subscribes a tenant, sends measurements and reads the hub until all are there or no more come.
   * @param count measurements to send
   */
  async run(count: number, signal: AbortSignal): Promise<Verdict> {
    const comparison = this.#comparison;
    const ids = Array.from({ length: DEVICES }, (_, at) => this.#tenant.createDevice(`Device ${at + 1}`));
    const connectionString = this.#eventHubs.connectionString();
    this.#cumulocity.setOptions(TENANT, {
      'credentials.connectionString': connectionString,
      hubName: HUB.name,
    });
    this.#cumulocity.subscribeTenant(TENANT);
    await waitUntil(() => (this.#tenant.topic(TOPIC)?.consumers ?? 0) > 0, signal);
    this.#cumulocity.onPublished((notification) => comparison.emitted(emittedObservation(notification)));
    const reader = readHub(connectionString, HUB.name, ({ body }) =>
      comparison.read(observeFlatEvent(body, TENANT)),
    );
    try {
      for (let sent = 0; sent < count; sent += MEASUREMENTS_AT_ONCE) {
        await this.#send(ids, sent, Math.min(MEASUREMENTS_AT_ONCE, count - sent));
      }
      await waitUntil(() => comparison.received >= count, signal);
      return comparison.verdict();
    } finally {
      await reader.close();
    }
  }

  /** Stops both ends. */
  async stop(): Promise<void> {
    await this.#cumulocity.stop();
    await this.#eventHubs.stop();
  }

  async #send(ids: readonly string[], first: number, count: number): Promise<void> {
    const { user, password } = this.#tenant.admin;
    const measurements = Array.from({ length: count }, (_, at) => ({
      source: { id: ids[(first + at) % ids.length] },
      type: 'c8y_TemperatureMeasurement',
      time: new Date().toISOString(),
      c8y_TemperatureMeasurement: { T: { value: first + at, unit: 'C' } },
    }));
    const response = await fetch(`${this.#cumulocity.url}/measurement/measurements`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${TENANT}/${user}:${password}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ measurements }),
    });
    await response.body?.cancel();
    if (!response.ok)
      throw new PackagingError(`the local Cumulocity refused measurements: ${response.status}`);
  }
}

/** Waits for a condition. When it does not come true, the comparison at the end says what is missing. */
async function waitUntil(condition: () => boolean, signal: AbortSignal): Promise<void> {
  const endsAt = performance.now() + PATIENCE_MS;
  while (!condition() && performance.now() < endsAt) await delay(LOOK_AGAIN_MS, undefined, { signal });
}
