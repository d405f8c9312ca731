/** One run under faults, from the start of the world to the outcome. */
import { setTimeout as delay } from 'node:timers/promises';
import { Share } from '../demo/allowance.js';
import { Devices } from '../demo/devices.js';
import { AZURE_HUBS } from './azure-hubs.js';
import type { ChaosOptions } from './command-line.js';
import type { Fault, HubKind } from './fault.js';
import type { Hubs } from './hubs.js';
import type { News } from './news.js';
import { predixHubs } from './predix-hubs.js';
import type { Outcome } from './report.js';
import { Scene } from './scene.js';
import { countStrikes, makeSchedule, type Strike } from './schedule.js';
import { Storm } from './storm.js';
import { describeTrail } from './trail.js';
import { untilTrue } from './waiting.js';

/** What a run came to. */
export interface RunResult {
  readonly outcome: Outcome;
  /** How often each fault struck. */
  readonly strikes: Readonly<Record<string, number>>;
  /** The trail of one event that went wrong; none when nothing did. */
  readonly trail: readonly string[];
  /** By copy: the end of its log. */
  readonly logs: ReadonlyMap<string, readonly string[]>;
}

const PROGRESS_MS = 5000;
const LOOK_AGAIN_MS = 50;
/** With nothing at all changing for so long, what is missing is lost; longer where the service may wait for longer. */
const STALLED_MS = 180_000;
/** When everything is acknowledged and read, nothing more can come; so long it is looked at whether that is so. */
const OVER_MS = 3000;

/** See the head of this file. */
export class Run<K extends HubKind> {
  readonly #options: ChaosOptions;
  readonly #scene: Scene<K>;
  readonly #storm: Storm<K>;
  readonly #schedule: readonly Strike[];
  readonly #devices: readonly Devices[];
  readonly #news: News;

  private constructor(options: ChaosOptions, faults: readonly Fault<K>[], scene: Scene<K>, news: News) {
    const { seed, seconds, replicas } = options;
    this.#options = options;
    this.#scene = scene;
    this.#news = news;
    this.#storm = new Storm(scene, faults, news);
    const { length: tenants } = scene.tenants;
    this.#schedule = makeSchedule({ seed, seconds, faults, tenants, copies: replicas });
    const { cumulocity } = scene;
    this.#devices = scene.tenants.map(
      ({ id }) => new Devices(cumulocity, cumulocity.tenant(id), { changes: true, late: this.#mustLetGo }),
    );
  }

  /**
   * Runs.
   * @param news told how it goes
   * @param signal ends the faults; quiet and outcome follow
   */
  static async run(options: ChaosOptions, news: News, signal: AbortSignal): Promise<RunResult> {
    const runWith = async <K extends HubKind>(
      hubs: Hubs<K>,
      faults: readonly Fault<K>[],
    ): Promise<RunResult> => {
      const scene = await Scene.start(options, hubs, news);
      try {
        return await new Run(options, faults, scene, news).#run(signal);
      } finally {
        await scene.stop();
      }
    };
    return options.destination === 'azure'
      ? runWith(AZURE_HUBS, options.faults)
      : runWith(predixHubs(options.protocol), options.faults);
  }

  async #run(signal: AbortSignal): Promise<RunResult> {
    const { copies, tenants } = this.#scene;
    for (const devices of this.#devices) devices.register();
    for (const { reader } of tenants) reader.begin();
    await Promise.all(copies.map((copy) => copy.start()));
    if (copies.some(({ failures }) => failures.crashes > 0)) throw new Error('the service does not start');
    await untilTrue(() => this.#scene.isConnected, signal);
    this.#news.restart();
    const progress = setInterval(() => this.#showProgress(), PROGRESS_MS);
    try {
      await this.#sendUnderFaults(signal);
      this.#news.say('all faults are over; waiting until everything is through');
      await this.#settle();
    } finally {
      clearInterval(progress);
    }
    await Promise.all(copies.map((copy) => copy.stop()));
    await untilTrue(() => this.#scene.hasReadAll);
    return this.#result(await this.#scene.protection());
  }

  async #sendUnderFaults(signal: AbortSignal): Promise<void> {
    const sending = new AbortController();
    const perSecond = this.#options.rate / this.#devices.length;
    const pace = { onTheWay: () => 0, perSecond, signal: sending.signal };
    const sent = Promise.all(
      this.#devices.map((devices) => devices.run(new Share(Number.POSITIVE_INFINITY, pace))),
    );
    try {
      await this.#storm.run(this.#schedule, this.#options.seconds, signal);
    } finally {
      sending.abort();
      await sent;
    }
  }

  /** Waits until everything is read and acknowledged, or it is certain that the rest does not come. */
  async #settle(): Promise<void> {
    const stalledMs = Math.max(STALLED_MS, this.#scene.access.patienceMs);
    let before = '';
    let sameSince = performance.now();
    for (;;) {
      const { sent, missed } = this.#scene.ledger.due;
      const { unacknowledged, hasReadAll } = this.#scene;
      const isThrough = sent + missed + unacknowledged === 0 && hasReadAll;
      const isAtRest = await this.#scene.isAtRest();
      if (isThrough && isAtRest) return;
      const now = `${sent} ${missed} ${unacknowledged} ${hasReadAll} ${isAtRest} ${this.#scene.ledger.reads}`;
      if (now !== before) sameSince = performance.now();
      before = now;
      const canCome = unacknowledged > 0 || missed > 0 || !hasReadAll || !isAtRest;
      if (performance.now() - sameSince > (canCome ? stalledMs : OVER_MS)) return;
      await delay(LOOK_AGAIN_MS);
    }
  }

  #showProgress(): void {
    const { ledger, unacknowledged } = this.#scene;
    const { sent, missed } = ledger.due;
    const active = this.#storm.active.map(({ fault, target }) => `${fault} (${target})`);
    const faults = active.length === 0 ? 'no fault' : active.join(', ');
    this.#news.say(
      `${ledger.expected.length} emitted, ${sent + missed} due, ${unacknowledged} unacknowledged; ${faults}`,
    );
  }

  /** Whether the run makes the service let notifications go. */
  get #mustLetGo(): boolean {
    return this.#options.faults.some(({ backlogQuotaBytes }) => backlogQuotaBytes !== undefined);
  }

  #result(protection: Outcome['protection']): RunResult {
    const { ledger, copies, tenants, peakBacklogBytes, unacknowledged } = this.#scene;
    const { faults } = this.#options;
    const { expected, unknown } = ledger;
    const sumOf = (name: 'crashes' | 'badStops'): number =>
      copies.reduce((sum, { failures }) => sum + failures[name], 0);
    return {
      outcome: {
        account: ledger.account(performance.now()),
        peakBacklogBytes,
        devices500: new Map(tenants.map(({ id }, at) => [id, this.#devices[at]?.counts.internalErrors ?? 0])),
        unacknowledged,
        crashes: sumOf('crashes'),
        badStops: sumOf('badStops'),
        protection,
        mustLetGo: this.#mustLetGo,
        mayRepeat: faults.some(({ mayRepeat }) => mayRepeat),
      },
      strikes: countStrikes(this.#schedule, faults),
      trail: describeTrail({
        expected,
        unknown,
        spells: this.#storm.spells,
        originMs: this.#news.originMs,
      }),
      logs: new Map(copies.map(({ name, lines }) => [name, lines])),
    };
  }
}
