/**
 * When a hub is asked for its partitions again: soon after something has shown that they may be others, and every
 * few minutes otherwise, since a hub may be given more partitions without any failure. One loop, at most one timer.
 */
import { withAbort } from '../abort.js';
import { backoffMs, wait } from '../backoff.js';

/** Times in milliseconds. */
export interface PartitionWatchTiming {
  /** The longest from one question to the next. At least half of it passes, at random, so that routes spread. */
  readonly everyMs: number;
  /** The least from one question to the next, whatever happens. */
  readonly soonestMs: number;
}

/** What the service runs with. A namespace answers 50 such questions a second (Event Hubs quotas). */
export const PARTITION_WATCH: PartitionWatchTiming = { everyMs: 180_000, soonestMs: 5000 };

/** See the head of this file. */
export class PartitionWatch {
  readonly #timing: PartitionWatchTiming;
  #isDue = false;
  #wake: () => void = () => undefined;

  constructor(timing: PartitionWatchTiming) {
    this.#timing = timing;
  }

  /** Asks as soon as it is allowed to. */
  soon(): void {
    this.#isDue = true;
    this.#wake();
  }

  /**
   * Asks again and again.
   * @param ask must not reject
   * @param signal ends it
   */
  async run(ask: () => Promise<void>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await wait(this.#timing.soonestMs, signal);
      await this.#untilDue(signal);
      this.#isDue = false;
      if (!signal.aborted) await ask();
    }
  }

  async #untilDue(signal: AbortSignal): Promise<void> {
    if (this.#isDue) return;
    const { everyMs } = this.#timing;
    await withAbort(signal, async (woken) => {
      this.#wake = () => woken.abort();
      await wait(backoffMs(1, { firstMs: everyMs, longestMs: everyMs }), woken.signal);
    });
  }
}
