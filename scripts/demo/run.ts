/** One run of the demo, from the start of the world to the verdict. */
import { setTimeout as delay } from 'node:timers/promises';
import { Share } from './allowance.js';
import { Board, type TenantCounts } from './board.js';
import type { DemoOptions } from './command-line.js';
import { Devices } from './devices.js';
import { emittedObservation, observeFlatEvent } from './observation.js';
import { readHub } from './reader.js';
import { type LogLine, ServiceProcess } from './service-process.js';
import { Comparison, type Verdict } from './verdict.js';
import { type DemoTenant, startWorld, TOPIC, VIEWER, type World } from './world.js';

/** What a run came to. */
export interface RunResult {
  readonly verdict: Verdict;
  /** Left in the topics after the service has stopped: delivered but never acknowledged. */
  readonly unacknowledged: number;
  /** Requests of devices that the platform answered with an error. */
  readonly deviceFailures: number;
  readonly exitCode: number | null;
  /** The end of the service's log. */
  readonly log: readonly string[];
}

const LOOK_AGAIN_MS = 20;
/** With nothing more coming out of the hubs for so long, what is missing is lost. */
const STALLED_MS = 60_000;
/** When the bad options are repaired and the late tenant subscribes, as parts of the steady tenant's share. */
const REPAIR_AT = 0.2;
const SUBSCRIBE_AT = 0.3;

/** See the head of this file. */
export class Run {
  readonly #options: DemoOptions;
  /** Aborted when the run is to end: asked for, or because nothing comes out of the hubs any more. */
  readonly #over = new AbortController();
  readonly #world: World;
  readonly #service: ServiceProcess;
  readonly #board: Board;
  readonly #comparison = new Comparison();
  readonly #counts = new Map<string, TenantCounts>();
  #lastReadAt = performance.now();
  #connectedAnew = 0;

  private constructor(options: DemoOptions, world: World, signal: AbortSignal) {
    this.#options = options;
    this.#world = world;
    signal.addEventListener('abort', () => this.#over.abort());
    this.#board = new Board(world, this.#counts, options.json ? process.stderr : process.stdout);
    const environment = {
      ...world.cumulocity.serviceEnvironment(),
      SERVER_PORT: String(options.port),
      ...world.access.environment,
      TENANT_POLL_SECONDS: '0.5',
      OPTIONS_POLL_SECONDS: '0.5',
    };
    this.#service = new ServiceProcess(environment, (line) => this.#onLogLine(line));
  }

  /**
   * Runs the demo.
   * @param signal ends the sending; the verdict follows
   */
  static async run(options: DemoOptions, signal: AbortSignal): Promise<RunResult> {
    const world = await startWorld(options);
    const run = new Run(options, world, signal);
    try {
      return await run.#run();
    } finally {
      await run.#service.end('SIGKILL');
      await world.stop();
    }
  }

  async #run(): Promise<RunResult> {
    const { cumulocity, tenants } = this.#world;
    const devices = tenants.map(({ tenant }) => new Devices(cumulocity, tenant));
    for (const each of devices) each.register();
    this.#watchEmissions();
    const readers = tenants.map((tenant) => this.#readHubOf(tenant));
    await this.#startService();
    await Promise.all([this.#sendAll(devices), this.#runFaults()]);
    await this.#poll(() => this.#comparison.received >= this.#comparison.sent);
    // What is in the hub has to be acknowledged as well; after a cut, through copies on the next connection.
    await this.#poll(() => this.#unacknowledged() === 0);
    const exitCode = await this.#service.end('SIGTERM');
    await this.#board.close();
    const verdict = this.#comparison.verdict();
    await Promise.all(readers.map((reader) => reader.close()));
    return {
      verdict,
      exitCode,
      unacknowledged: this.#unacknowledged(),
      deviceFailures: devices.reduce((sum, { counts }) => sum + counts.failures, 0),
      log: this.#service.lines,
    };
  }

  #say(text: string): void {
    this.#board.say(text);
  }

  #unacknowledged(): number {
    const counts = this.#world.tenants.map(({ tenant }) => tenant.topic(TOPIC)?.unacknowledged ?? 0);
    return counts.reduce((sum, count) => sum + count, 0);
  }

  #watchEmissions(): void {
    for (const { tenant } of this.#world.tenants) this.#counts.set(tenant.id, { emitted: 0, read: 0 });
    this.#world.cumulocity.onPublished((notification) => {
      this.#comparison.emitted(emittedObservation(notification));
      const counts = this.#counts.get(notification.tenant);
      if (counts !== undefined) counts.emitted++;
    });
  }

  #readHubOf({ tenant, hubName }: DemoTenant): ReturnType<typeof readHub> {
    return readHub(this.#world.access.readerConnectionString, hubName, ({ body }) => {
      this.#lastReadAt = performance.now();
      this.#comparison.read(observeFlatEvent(body, tenant.id));
      const counts = this.#counts.get(tenant.id);
      if (counts !== undefined) counts.read++;
    });
  }

  async #startService(): Promise<void> {
    const port = await this.#service.start();
    const url = `http://127.0.0.1:${port}/status`;
    this.#board.watch(url);
    this.#say(
      `status of a tenant: curl -u ${this.#world.steady.tenant.id}/${VIEWER.user}:${VIEWER.password} ${url}`,
    );
  }

  async #sendAll(devices: readonly Devices[]): Promise<void> {
    const { cumulocity, misconfigured, late, tenants } = this.#world;
    const { events, rate } = this.#options;
    const quarter = Number.isFinite(events) ? Math.floor(events / 4) : events;
    const limits = [Number.isFinite(events) ? events - 2 * quarter : events, quarter, quarter];
    const pace = {
      onTheWay: () => this.#comparison.sent - this.#comparison.received,
      perSecond: rate === undefined ? undefined : rate / tenants.length,
      signal: this.#over.signal,
    };
    const shares = limits.map((limit) => new Share(limit, pace));
    const steadyHasSent = (part: number) => (): boolean => (shares[0]?.used ?? 1) >= part;
    const sending = tenants.map(({ tenant }, at) => this.#sendFor(tenant.id, devices[at], shares[at]));
    await this.#waitUntil(steadyHasSent(REPAIR_AT));
    this.#say(`${misconfigured.tenant.id}: repairing its options`);
    cumulocity.setOptions(misconfigured.tenant.id, misconfigured.options());
    await this.#waitUntil(steadyHasSent(SUBSCRIBE_AT));
    this.#say(`${late.tenant.id}: subscribing`);
    cumulocity.subscribeTenant(late.tenant.id);
    await Promise.all(sending);
  }

  /** Cumulocity keeps nothing before a topic's first consumer, so the devices of a tenant wait for it. */
  async #sendFor(tenant: string, devices: Devices | undefined, share: Share | undefined): Promise<void> {
    await this.#waitUntil(() => (this.#world.cumulocity.tenant(tenant).topic(TOPIC)?.consumers ?? 0) > 0);
    if (devices !== undefined && share !== undefined) await devices.run(share);
  }

  /** Spreads the faults that were asked for evenly over the run. */
  async #runFaults(): Promise<void> {
    const { events, kill, cut, cutHub, rotate } = this.#options;
    const spread = (times: number, act: () => Promise<void>): [number, () => Promise<void>][] =>
      Array.from({ length: times }, (_, at) => [((at + 1) / (times + 1)) * events, act]);
    const faults = [
      ...spread(kill, () => this.#killService()),
      ...spread(cut, () => this.#cutSockets()),
      ...spread(cutHub, () => this.#cutHubConnections()),
      ...spread(rotate, () => this.#rotateCredentials()),
    ];
    for (const [position, act] of faults.sort(([left], [right]) => left - right)) {
      await this.#waitUntil(() => this.#comparison.received >= position);
      if (this.#over.signal.aborted) return;
      await act();
    }
  }

  async #killService(): Promise<void> {
    this.#say('killing the service (SIGKILL) and starting it again');
    await this.#service.end('SIGKILL');
    await this.#startService();
  }

  async #cutSockets(): Promise<void> {
    const { cumulocity } = this.#world;
    this.#say('cutting the sockets between Cumulocity and the service');
    cumulocity.faults.cutConsumerSockets();
  }

  async #cutHubConnections(): Promise<void> {
    this.#say('cutting the connections to the event hubs');
    const { faults } = this.#world.eventHubs;
    // At once, and again when the next batch is stored and not answered yet: the answer is lost. The reader's
    // connections stay, as its recovery is none of the service's.
    faults.cutBeforeAnswer(1);
    faults.cutSenders();
  }

  async #rotateCredentials(): Promise<void> {
    const { access, cumulocity, tenants } = this.#world;
    this.#say('giving the service new credentials for the event hubs');
    const before = this.#connectedAnew;
    access.renew();
    for (const { tenant, options } of tenants) cumulocity.setOptions(tenant.id, options());
    await this.#waitUntil(() => this.#connectedAnew > before);
  }

  /** Waits for a condition while the run goes on. */
  #waitUntil(condition: () => boolean): Promise<void> {
    return this.#poll(() => this.#over.signal.aborted || condition());
  }

  /** Waits for a condition, or until nothing comes out of the hubs any more. */
  async #poll(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (performance.now() - this.#lastReadAt > STALLED_MS) {
        this.#over.abort();
        return;
      }
      await delay(LOOK_AGAIN_MS);
    }
  }

  #onLogLine({ level, message, tenant, problems }: LogLine): void {
    if (message === 'connected anew to the event hub') this.#connectedAnew++;
    const isNews = level === 'error' || level === 'warn' || message.startsWith('tenant ');
    if (!isNews) return;
    const details = Array.isArray(problems) ? `: ${problems.join(' | ')}` : '';
    this.#say(`service: ${tenant === undefined ? '' : `${String(tenant)}: `}${message}${details}`);
  }
}
