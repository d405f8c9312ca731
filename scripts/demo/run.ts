/** One run of the demo, from the start of the world to the verdict. */
import { Share } from './allowance.js';
import { Board, type TenantCounts } from './board.js';
import type { DemoOptions } from './command-line.js';
import { Devices } from './devices.js';
import { Faults } from './faults.js';
import type { HubAccess } from './hub-access.js';
import { emittedObservation, observeFlatEvent } from './observation.js';
import { Progress } from './progress.js';
import type { Reader } from './reader.js';
import { type LogLine, ServiceProcess } from './service-process.js';
import { Comparison, type Verdict } from './verdict.js';
import { type DemoTenant, startPredixWorld, startWorld, TOPIC, VIEWER, type World } from './world.js';

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

/** When the bad options are repaired and the late tenant subscribes, as parts of the steady tenant's share. */
const REPAIR_AT = 0.2;
const SUBSCRIBE_AT = 0.3;

/** See the head of this file. */
export class Run {
  readonly #options: DemoOptions;
  readonly #progress: Progress;
  readonly #world: World<HubAccess>;
  readonly #service: ServiceProcess;
  readonly #board: Board;
  readonly #comparison = new Comparison();
  readonly #counts = new Map<string, TenantCounts>();
  #connectedAnew = 0;

  private constructor(options: DemoOptions, world: World<HubAccess>, signal: AbortSignal) {
    this.#options = options;
    this.#world = world;
    this.#progress = new Progress(world.access.patienceMs, signal);
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
    const world = await startWorldOf(options);
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
    const readers = tenants.map((tenant) => this.#read(tenant));
    await this.#startService();
    await Promise.all([this.#sendAll(devices), this.#doFaults()]);
    await this.#progress.until(() => this.#comparison.received >= this.#comparison.sent);
    // What is in the hub has to be acknowledged as well; after a cut, through copies on the next connection.
    await this.#progress.until(() => this.#unacknowledged() === 0);
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

  #read({ tenant, hubName }: DemoTenant): Reader {
    return this.#world.access.read(hubName, ({ body, ...place }) => {
      this.#progress.hasRead();
      this.#comparison.read(observeFlatEvent(body, tenant.id), place);
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
      signal: this.#progress.over,
    };
    const shares = limits.map((limit) => new Share(limit, pace));
    const steadyHasSent = (part: number) => (): boolean => (shares[0]?.used ?? 1) >= part;
    const sending = tenants.map(({ tenant }, at) => this.#sendFor(tenant.id, devices[at], shares[at]));
    await this.#progress.whileRunning(steadyHasSent(REPAIR_AT));
    this.#say(`${misconfigured.tenant.id}: repairing its options`);
    cumulocity.setOptions(misconfigured.tenant.id, misconfigured.options());
    await this.#progress.whileRunning(steadyHasSent(SUBSCRIBE_AT));
    this.#say(`${late.tenant.id}: subscribing`);
    cumulocity.subscribeTenant(late.tenant.id);
    await Promise.all(sending);
  }

  /** Cumulocity keeps nothing before a topic's first consumer, so the devices of a tenant wait for it. */
  async #sendFor(tenant: string, devices: Devices | undefined, share: Share | undefined): Promise<void> {
    await this.#progress.whileRunning(
      () => (this.#world.cumulocity.tenant(tenant).topic(TOPIC)?.consumers ?? 0) > 0,
    );
    if (devices !== undefined && share !== undefined) await devices.run(share);
  }

  #doFaults(): Promise<void> {
    const faults = new Faults({
      world: this.#world,
      progress: this.#progress,
      restart: async () => {
        await this.#service.end('SIGKILL');
        await this.#startService();
      },
      connectedAnew: () => this.#connectedAnew,
      say: (text) => this.#say(text),
    });
    return faults.run(this.#options, this.#options.events, () => this.#comparison.received);
  }

  #onLogLine({ level, message, tenant, problems }: LogLine): void {
    if (message === 'connected anew to the event hub') this.#connectedAnew++;
    const isNews = level === 'error' || level === 'warn' || message.startsWith('tenant ');
    if (!isNews) return;
    const details = Array.isArray(problems) ? `: ${problems.join(' | ')}` : '';
    this.#say(`service: ${tenant === undefined ? '' : `${String(tenant)}: `}${message}${details}`);
  }
}

function startWorldOf(options: DemoOptions): Promise<World<HubAccess>> {
  const { hubs } = options;
  if (hubs.destination === 'azure') return startWorld({ ...options, way: hubs.way });
  return startPredixWorld({ ...options, ...hubs });
}
