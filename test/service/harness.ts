/** The whole service between a local Cumulocity and a local event hub, over real sockets. */
import { onTestFinished } from 'vitest';
import { emittedObservation, observeFlatEvent } from '../../scripts/demo/observation.js';
import { Comparison, type Verdict } from '../../scripts/demo/verdict.js';
import { readConfig } from '../../src/config.js';
import { type Service, startService } from '../../src/service.js';
import type { ForwarderStatus } from '../../src/tenants/forwarder.js';
import type { RouteStatus } from '../../src/tenants/route.js';
import { FORWARDING_TIMING, type ForwardingTiming } from '../../src/tenants/timing.js';
import {
  LocalEventHubs,
  type LocalEventHubsOptions,
} from '../simulators/azure-event-hubs/local-event-hubs.js';
import { unpackedBody } from '../simulators/azure-event-hubs/unpacked-body.js';
import { LocalCumulocity, type LocalCumulocityOptions } from '../simulators/cumulocity/local-cumulocity.js';
import { RecordingLog } from '../support/log.js';
import { waitUntil } from '../support/wait.js';

/** Short waits: the same code paths, sooner. */
export const QUICK_TIMING = {
  ...FORWARDING_TIMING,
  consumer: {
    ...FORWARDING_TIMING.consumer,
    pingMs: 200,
    backoff: { firstMs: 20, longestMs: 200 },
    conflictMs: 50,
  },
  hubBackoff: { firstMs: 20, longestMs: 200 },
  partitionWatch: { everyMs: 3_600_000, soonestMs: 20 },
  deadLetters: { attemptMs: 5000, backoff: { firstMs: 20, longestMs: 200 } },
  changeMs: 2000,
  optionsBackoff: { firstMs: 20, longestMs: 200 },
};

export const TOPIC = 'eventhubsforwarder';
const PARTITIONS = 4;

/** See the head of this file. */
export class Harness {
  readonly cumulocity: LocalCumulocity;
  readonly eventHubs: LocalEventHubs;
  readonly log = new RecordingLog();
  readonly #comparison = new Comparison();
  readonly #devices = new Map<string, string[]>();
  #service: Service | undefined;

  private constructor(cumulocity: LocalCumulocity, eventHubs: LocalEventHubs) {
    this.cumulocity = cumulocity;
    this.eventHubs = eventHubs;
    cumulocity.onPublished((notification) => this.#comparison.emitted(emittedObservation(notification)));
  }

  /** Starts both simulators; everything is stopped again at the test's end. */
  static async start(
    options: LocalCumulocityOptions = {},
    hubOptions: Partial<LocalEventHubsOptions> = {},
  ): Promise<Harness> {
    const cumulocity = await LocalCumulocity.start(options);
    const eventHubs = await LocalEventHubs.start({ hubs: [], ...hubOptions });
    const harness = new Harness(cumulocity, eventHubs);
    onTestFinished(async () => {
      await harness.stopService();
      await cumulocity.stop();
      await eventHubs.stop();
    });
    return harness;
  }

  get service(): Service {
    if (this.#service === undefined) throw new Error('the service is not running');
    return this.#service;
  }

  /** Adds a tenant with some devices and a hub of its own, and good options, but does not subscribe it. */
  addTenant(id: string, options: Readonly<Record<string, string>> = {}): void {
    const tenant = this.cumulocity.addTenant(id);
    this.#devices.set(
      id,
      Array.from({ length: 8 }, (_, at) => tenant.createDevice(`device ${at}`)),
    );
    this.addHub(id, PARTITIONS);
    const connectionString = this.eventHubs.connectionString({ hub: id });
    this.cumulocity.setOptions(id, { 'credentials.connectionString': connectionString, ...options });
  }

  /** Adds a tenant's hub, which is read from then on. */
  addHub(id: string, partitionCount: number): void {
    this.eventHubs.addHub({ name: id, partitionCount });
    this.eventHubs.hub(id).onAppended((events) => {
      for (const event of events) this.#comparison.read(observeFlatEvent(unpackedBody(event), id));
    });
  }

  /** Takes a tenant's hub away, with what is in it, and makes it again. */
  remakeHub(id: string, partitionCount: number): void {
    this.eventHubs.removeHub(id);
    this.addHub(id, partitionCount);
  }

  /** Starts the service with the environment that Cumulocity would inject. */
  async startService(
    environment: Readonly<Record<string, string>> = {},
    timing: Partial<ForwardingTiming> = {},
  ): Promise<void> {
    const config = readConfig({
      ...this.cumulocity.serviceEnvironment(),
      SERVER_PORT: '0',
      HUB_HOSTS: 'localhost',
      TENANT_POLL_SECONDS: '0.1',
      OPTIONS_POLL_SECONDS: '0.1',
      STOP_SECONDS: '5',
      ...environment,
    });
    this.#service = await startService(config, this.log, { ...QUICK_TIMING, ...timing });
  }

  /** Stops the service in order, if it is running. */
  async stopService(): Promise<void> {
    const service = this.#service;
    this.#service = undefined;
    await service?.stop();
  }

  /** Adds a tenant, subscribes it, starts the service and waits until it forwards. */
  async startWithTenant(id: string, options: Readonly<Record<string, string>> = {}): Promise<void> {
    this.addTenant(id, options);
    this.cumulocity.subscribeTenant(id);
    await this.startService();
    await this.untilForwarding(id);
  }

  /** The state of a tenant; `undefined` while the service does not know it. */
  status(id: string): ForwarderStatus | undefined {
    return this.service.status().find(({ tenant }) => tenant === id);
  }

  /** The state of a tenant's only route. */
  route(id: string): RouteStatus {
    const [route] = this.status(id)?.routes ?? [];
    if (route === undefined) throw new Error(`tenant ${id} has no route`);
    return route;
  }

  async untilState(id: string, state: ForwarderStatus['state']): Promise<void> {
    await waitUntil(`${id} is ${state}`, () => this.status(id)?.state === state);
  }

  async untilForwarding(id: string): Promise<void> {
    const isOpen = (): boolean => this.status(id)?.routes[0]?.consumer.state === 'open';
    await waitUntil(`${id} has a consumer that is open`, isOpen);
  }

  /** Posts measurements over REST, spread over the tenant's devices. */
  async send(id: string, count: number): Promise<void> {
    const devices = this.#devices.get(id) ?? [];
    const measurements = Array.from({ length: count }, (_, at) => ({
      source: { id: devices[at % devices.length] },
      type: 'c8y_Temperature',
      time: new Date().toISOString(),
      c8y_Temperature: { T: { value: at, unit: 'C' } },
    }));
    const response = await this.post(id, '/measurement/measurements', { measurements });
    if (!response.ok) throw new Error(`the local Cumulocity answered ${response.status}`);
  }

  /** One REST request as the tenant's administrator. */
  post(id: string, path: string, body: object): Promise<Response> {
    const { user, password } = this.cumulocity.tenant(id).admin;
    const authorization = `Basic ${Buffer.from(`${id}/${user}:${password}`).toString('base64')}`;
    const headers = { authorization, 'content-type': 'application/json', accept: 'application/json' };
    return fetch(new URL(path, this.cumulocity.url), { method: 'POST', headers, body: JSON.stringify(body) });
  }

  device(id: string): string {
    return this.devices(id)[0] ?? '';
  }

  devices(id: string): readonly string[] {
    return this.#devices.get(id) ?? [];
  }

  get sent(): number {
    return this.#comparison.sent;
  }

  get received(): number {
    return this.#comparison.received;
  }

  /** Waits until everything that was emitted is in a hub, and everything in a hub is acknowledged. */
  async untilDelivered(): Promise<Verdict> {
    await waitUntil(
      'everything that was emitted is in a hub',
      () => this.#comparison.received === this.#comparison.sent,
    );
    for (const id of this.#devices.keys()) {
      const unacknowledged = (): number => this.cumulocity.tenant(id).topic(TOPIC)?.unacknowledged ?? 0;
      await waitUntil(`everything of ${id} is acknowledged`, () => unacknowledged() === 0);
    }
    return this.#comparison.verdict();
  }
}

/** What a verdict has to hold: nothing lost, repeated or out of order. */
export const FLAWLESS = {
  lost: 0,
  duplicated: 0,
  outOfOrder: 0,
  repeatedUnderAnotherId: 0,
  unknown: 0,
};
