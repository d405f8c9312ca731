/** The whole service between a local Cumulocity and a local event hub, over real sockets. */
import { onTestFinished } from 'vitest';
import { emittedObservation, observeFlatEvent } from '../../scripts/demo/observation.js';
import { Comparison, type Verdict } from '../../scripts/demo/verdict.js';
import { readConfig } from '../../src/config.js';
import { PREDIX_TIMING } from '../../src/destinations/predix-event-hub/timing.js';
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
    // A processor that is busy with other tests must not look like a connection that is gone.
    pingMs: 5000,
    backoff: { firstMs: 20, longestMs: 200 },
    conflictMs: 50,
  },
  hubBackoff: { firstMs: 20, longestMs: 200 },
  predix: {
    ...PREDIX_TIMING,
    redial: { lostMs: [20, 40, 80], refusedMs: 50, refusals: 3, restMs: 3_600_000, steadyMs: 60_000 },
    throttle: { windowMs: 300, floorBytes: 60_000 },
  },
  partitionWatch: { everyMs: 3_600_000, soonestMs: 20 },
  deadLetters: { attemptMs: 5000, backoff: { firstMs: 20, longestMs: 200 } },
  changeMs: 2000,
  backlog: { tickMs: 20, rate: { sampleMs: 1000, keepMs: 60_000 }, idleMs: 100, gapPauseMs: 5 },
  topic: { activationMs: 0, patienceMs: 10_000 },
  replay: {
    perSecond: 10_000,
    outstanding: 50,
    outstandingBytes: 1024 * 1024,
    giveWayMs: 10,
    saveMs: 50,
    backoff: { firstMs: 10, longestMs: 50 },
  },
  connector: {
    heartbeatMs: 100,
    alarmMs: 1000,
    figuresMs: 100,
    lastWordMs: 1000,
    backoff: { firstMs: 10, longestMs: 100 },
  },
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
  readonly #copies: Service[] = [];
  readonly #ignored = new Set<string>();
  readonly #ignoredTenants = new Set<string>();
  #service: Service | undefined;

  private constructor(cumulocity: LocalCumulocity, eventHubs: LocalEventHubs) {
    this.cumulocity = cumulocity;
    this.eventHubs = eventHubs;
    cumulocity.onPublished((notification) => {
      if (!this.#isIgnored(notification.channel)) this.#comparison.emitted(emittedObservation(notification));
    });
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
      await Promise.all(harness.#copies.map((copy) => copy.stop()));
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

  /** Adds a tenant whose hub is of another kind; `noteRead` is told of what is in it. */
  addTenantElsewhere(id: string, options: Readonly<Record<string, string>>): void {
    const tenant = this.cumulocity.addTenant(id);
    this.#devices.set(
      id,
      Array.from({ length: 8 }, (_, at) => tenant.createDevice(`device ${at}`)),
    );
    this.cumulocity.setOptions(id, options);
  }

  /** Notes an event of a hub of another kind, in the order in which it was stored. */
  noteRead(id: string, body: Buffer): void {
    const observation = observeFlatEvent(body, id);
    if (!this.#isIgnored(observation.channel)) this.#comparison.read(observation);
  }

  /** Adds a tenant's hub, which is read from then on. */
  addHub(id: string, partitionCount: number): void {
    this.eventHubs.addHub({ name: id, partitionCount });
    this.eventHubs.hub(id).onAppended((events) => {
      for (const event of events) {
        const observation = observeFlatEvent(unpackedBody(event), id);
        if (!this.#isIgnored(observation.channel)) this.#comparison.read(observation);
      }
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
    this.#service = await this.#start(environment, timing);
  }

  /** Starts one more copy of the service, beside those that run already. */
  async startCopy(name: string, timing: Partial<ForwardingTiming> = {}): Promise<Service> {
    const copy = await this.#start({ HOSTNAME: name }, timing);
    this.#copies.push(copy);
    return copy;
  }

  #start(environment: Readonly<Record<string, string>>, timing: Partial<ForwardingTiming>): Promise<Service> {
    const config = readConfig({
      ...this.cumulocity.serviceEnvironment(),
      SERVER_PORT: '0',
      HUB_HOSTS: 'localhost',
      TENANT_POLL_SECONDS: '0.1',
      OPTIONS_POLL_SECONDS: '0.1',
      STOP_SECONDS: '5',
      ...environment,
    });
    return startService(config, this.log, { ...QUICK_TIMING, ...timing });
  }

  /** Stops the service in order, if it is running. */
  async stopService(): Promise<void> {
    const service = this.#service;
    this.#service = undefined;
    await service?.stop();
  }

  /** Adds a tenant, subscribes it, starts the service and waits until it forwards. */
  async startWithTenant(
    id: string,
    options: Readonly<Record<string, string>> = {},
    environment: Readonly<Record<string, string>> = {},
    timing: Partial<ForwardingTiming> = {},
  ): Promise<void> {
    this.addTenant(id, options);
    this.cumulocity.subscribeTenant(id);
    await this.startService(environment, timing);
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

  /** Posts over REST as the tenant's administrator. */
  post(id: string, path: string, body: object): Promise<Response> {
    return this.#request(id, path, { method: 'POST', body: JSON.stringify(body) });
  }

  /** Changes over REST as the tenant's administrator. */
  put(id: string, path: string, body: object): Promise<Response> {
    return this.#request(id, path, { method: 'PUT', body: JSON.stringify(body) });
  }

  /** Reads over REST as the tenant's administrator. */
  get(id: string, path: string): Promise<Response> {
    return this.#request(id, path, {});
  }

  /** Deletes over REST as the tenant's administrator. */
  delete(id: string, path: string): Promise<Response> {
    return this.#request(id, path, { method: 'DELETE' });
  }

  #request(id: string, path: string, init: RequestInit): Promise<Response> {
    const { user, password } = this.cumulocity.tenant(id).admin;
    const authorization = `Basic ${Buffer.from(`${id}/${user}:${password}`).toString('base64')}`;
    const headers = { authorization, 'content-type': 'application/json', accept: 'application/json' };
    return fetch(new URL(path, this.cumulocity.url), { ...init, headers });
  }

  /** One of the tenant's devices. */
  device(id: string, at = 0): string {
    const devices = this.devices(id);
    return devices[at % devices.length] ?? '';
  }

  devices(id: string): readonly string[] {
    return this.#devices.get(id) ?? [];
  }

  /** The connector object that the service keeps in the tenant. */
  async connector(id: string): Promise<Record<string, unknown>> {
    const response = await this.get(id, '/inventory/managedObjects?type=eventhubs_Connector');
    const { managedObjects } = (await response.json()) as {
      managedObjects: readonly Record<string, unknown>[];
    };
    const [found] = managedObjects;
    if (found === undefined) throw new Error(`tenant ${id} has no connector object`);
    return found;
  }

  /** Makes the connector object say that the service was last seen, and had all delivered, at another time. */
  async changeRecord(
    id: string,
    times: { readonly seenAt: string; readonly safeUntil: string },
  ): Promise<void> {
    const connector = await this.connector(id);
    const [[name, record] = []] = Object.entries(connector).filter(([key]) =>
      key.startsWith('eventhubs_Copy_'),
    );
    const { routes } = record as { routes: Record<string, object> };
    const changed = Object.entries(routes).map(([route, known]) => [
      route,
      { ...known, safeUntil: times.safeUntil },
    ]);
    const fragment = { ...(record as object), seenAt: times.seenAt, routes: Object.fromEntries(changed) };
    await this.put(id, `/inventory/managedObjects/${String(connector['id'])}`, { [name ?? '']: fragment });
  }

  /** Leaves a source out of the comparison, for example the connector object with its own alarms. */
  ignoreSource(source: string): void {
    this.#ignored.add(source);
  }

  /** Leaves a tenant out of the comparison, for example one whose hub is not among those that are read here. */
  ignoreTenant(id: string): void {
    this.#ignoredTenants.add(id);
  }

  #isIgnored(channel: string): boolean {
    const [, tenant = '', , source = ''] = channel.split('/');
    return this.#ignored.has(source) || this.#ignoredTenants.has(tenant);
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
    for (const id of this.#devices.keys()) await this.untilAcknowledged(id);
    return this.#comparison.verdict();
  }

  /** Waits until nothing is left in a tenant's topic. */
  async untilAcknowledged(id: string): Promise<void> {
    const unacknowledged = (): number => this.cumulocity.tenant(id).topic(TOPIC)?.unacknowledged ?? 0;
    await waitUntil(`everything of ${id} is acknowledged`, () => unacknowledged() === 0);
  }
}

/** What a verdict has to hold in any case: nothing lost, and no first copy out of order. */
export const PROMISE = { lost: 0, outOfOrder: 0, repeatedUnderAnotherId: 0 };

/** What a verdict has to hold where nothing had to be replayed or repeated: nothing lost, repeated or out of order. */
export const FLAWLESS = {
  lost: 0,
  duplicated: 0,
  outOfOrder: 0,
  repeatedUnderAnotherId: 0,
  unknown: 0,
};
