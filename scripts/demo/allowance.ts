/** How many notifications the demo's devices may still cause, and how fast. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Allowance } from './devices.js';

/** No more than this may be on its way: far from the 25 MiB at which a real platform refuses device writes. */
const MOST_ON_THE_WAY = 10_000;
const LOOK_AGAIN_MS = 5;

/** Limits the whole run. */
export interface Pace {
  /** Emitted and not read out of the hubs yet. */
  readonly onTheWay: () => number;
  /** Notifications a second for all tenants together; `undefined`: as fast as they are taken. */
  readonly perSecond: number | undefined;
  /** Ends the run. */
  readonly signal: AbortSignal;
}

/** One tenant's share of a run. */
export class Share implements Allowance {
  readonly #limit: number;
  readonly #pace: Pace;
  readonly #startedAt = performance.now();
  #taken = 0;

  /**
   * @param limit notifications that the tenant may cause; may be infinite
   * @param pace of the whole run
   */
  constructor(limit: number, pace: Pace) {
    this.#limit = limit;
    this.#pace = pace;
  }

  /** The part of the share that is used, from 0 to 1; for a share without end, of its first thousand. */
  get used(): number {
    return this.#taken / (Number.isFinite(this.#limit) ? this.#limit : 1000);
  }

  async take(wanted: number): Promise<number> {
    const granted = Math.min(wanted, this.#limit - this.#taken);
    if (granted <= 0) return 0;
    // Taken before the wait: several devices wait at the same time.
    this.#taken += granted;
    const { signal, onTheWay, perSecond } = this.#pace;
    const isTooFast = (): boolean =>
      onTheWay() > MOST_ON_THE_WAY ||
      (perSecond !== undefined && this.#taken > ((performance.now() - this.#startedAt) / 1000) * perSecond);
    while (!signal.aborted && isTooFast()) await delay(LOOK_AGAIN_MS);
    return signal.aborted ? 0 : granted;
  }
}
