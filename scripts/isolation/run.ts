/** One run: calm phases and phases with a fault take turns, so that each fault is compared with what was just before and after. */
import { setTimeout as delay } from 'node:timers/promises';
import { ServiceProcess } from '../demo/service-process.js';
import type { IsolationOptions } from './command-line.js';
import type { TenantFault } from './faults.js';
import type { Phase } from './latency-book.js';
import { Neighbourhood } from './neighbourhood.js';
import { isGood, percentile, type Round, roundOf, rowsOf } from './report.js';

const LOOK_AGAIN_MS = 20;
/** After so long a condition of the run is given up, with its name. */
const GIVE_UP_MS = 60_000;
/** The victim has caught up when no more than what comes all the time is under way. */
const CAUGHT_UP = 5;
const WARM_UP_SECONDS = 3;
/** What is too slow is measured again: on a busy machine, a few rounds can be so by chance. */
const MOST_SERIES = 3;

/** See the head of this file. */
export class Run {
  readonly #options: IsolationOptions;
  readonly #say: (line: string) => void;
  readonly #interrupted: AbortSignal;
  readonly #place: Neighbourhood;
  readonly #service: ServiceProcess;

  private constructor(
    options: IsolationOptions,
    say: (line: string) => void,
    interrupted: AbortSignal,
    place: Neighbourhood,
  ) {
    this.#options = options;
    this.#say = say;
    this.#interrupted = interrupted;
    this.#place = place;
    this.#service = new ServiceProcess(place.serviceEnvironment, () => undefined);
  }

  /**
   * Runs.
   * @param say told how it goes
   * @param interrupted ends the run early; what was measured so far counts
   */
  static async run(
    options: IsolationOptions,
    say: (line: string) => void,
    interrupted: AbortSignal,
  ): Promise<readonly Round[]> {
    const place = await Neighbourhood.start(options);
    const run = new Run(options, say, interrupted, place);
    try {
      return await run.#run();
    } finally {
      await run.#service.end('SIGKILL');
      await place.stop();
    }
  }

  async #run(): Promise<readonly Round[]> {
    const { faults, seconds } = this.#options;
    await this.#service.start();
    await this.#until('every topic has a consumer', () => this.#place.isConnected);
    this.#place.traffic.start();
    await this.#measure(Math.max(WARM_UP_SECONDS, seconds));
    const done: Round[] = [];
    let open = faults;
    for (let series = 0; series < MOST_SERIES && open.length > 0 && !this.#interrupted.aborted; series++) {
      if (series > 0)
        this.#say(`once more, as a ratio is too high: ${open.map(({ name }) => name).join(', ')}`);
      done.push(...(await this.#measureSeries(open)));
      const tooSlow = new Set(rowsOf(done).flatMap((row) => (isGood([row]) ? [] : [row.fault])));
      open = faults.filter(({ name }) => tooSlow.has(name));
    }
    return done;
  }

  /** So many rounds as were asked for of each of these faults, in turns. */
  async #measureSeries(faults: readonly TenantFault[]): Promise<readonly Round[]> {
    const { rounds, seconds } = this.#options;
    const turns = Array.from({ length: rounds }, () => faults).flat();
    const done: Round[] = [];
    let before = await this.#measure(seconds);
    for (const fault of turns) {
      if (this.#interrupted.aborted) break;
      const struck = await this.#measureWith(fault);
      const after = await this.#measure(seconds);
      done.push(roundOf(fault.name, before.latencies, struck.latencies, after.latencies));
      this.#tell(fault, before, struck, after);
      before = after;
    }
    return done;
  }

  async #measureWith(fault: TenantFault): Promise<Phase> {
    const place = this.#place;
    const end = await fault.begin(place);
    await this.#until(`${fault.name} has struck`, () => fault.hasStruck(place));
    const phase = await this.#measure(this.#options.seconds);
    if (!fault.hasStruck(place)) throw new Error(`${fault.name} was over before its phase`);
    await end();
    await this.#until(
      'the victim has caught up',
      () => place.victimUnacknowledged <= CAUGHT_UP && !place.hasPointer,
    );
    return phase;
  }

  async #measure(seconds: number): Promise<Phase> {
    const { latencies } = this.#place;
    const phase = latencies.begin();
    await delay(seconds * 1000, undefined, { signal: this.#interrupted }).catch(() => undefined);
    latencies.end();
    // A tenant that is not in trouble loses nothing either, and what is missing must not make the figures better.
    await this.#until('everything of the other tenants is in their hubs', () => phase.underWay.size === 0);
    return phase;
  }

  #tell({ name }: TenantFault, before: Phase, struck: Phase, after: Phase): void {
    const [first, second, third] = [before, struck, after].map(({ latencies }) =>
      percentile(latencies, 0.99).toFixed(1),
    );
    this.#say(`${name.padEnd(10)} p99 before ${first} ms, with ${second} ms, after ${third} ms`);
  }

  async #until(what: string, condition: () => boolean): Promise<void> {
    const givenUpAt = performance.now() + GIVE_UP_MS;
    while (!condition()) {
      if (performance.now() > givenUpAt) {
        throw new Error(
          `waited in vain until ${what}; the log:\n${this.#service.lines.slice(-5).join('\n')}`,
        );
      }
      await delay(LOOK_AGAIN_MS);
    }
  }
}
