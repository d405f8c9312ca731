/** The failures in a row of one thing that is tried again without end: reports each, and waits longer after each. */
import { withAbort } from '../abort.js';
import { type BackoffOptions, backoffMs, wait } from '../backoff.js';
import { asSendError } from '../errors.js';
import type { LaneObserver } from './lane-observer.js';

/** See the head of this file. */
export class Retry {
  readonly #what: string;
  readonly #observer: Pick<LaneObserver, 'failed' | 'recovered'>;
  readonly #backoff: BackoffOptions;
  #failures = 0;
  #waiting: AbortController | undefined;

  /**
   * @param what a partition's id, or `all`
   * @param observer is told of every failure and of the first success after one
   * @param backoff the least waits
   */
  constructor(what: string, observer: Pick<LaneObserver, 'failed' | 'recovered'>, backoff: BackoffOptions) {
    this.#what = what;
    this.#observer = observer;
    this.#backoff = backoff;
  }

  /** Whether the last attempt failed. */
  get isFailing(): boolean {
    return this.#failures > 0;
  }

  /** Ends a wait that is under way. */
  hurry(): void {
    this.#waiting?.abort();
  }

  /** An attempt succeeded. */
  succeeded(): void {
    if (this.#failures > 0) this.#observer.recovered(this.#what);
    this.#failures = 0;
  }

  /**
   * An attempt failed. Resolves when the next one is due, or the signal is aborted. Never rejects.
   * @param thrown what it failed with
   * @param signal cuts the wait short
   */
  async failed(thrown: unknown, signal: AbortSignal): Promise<void> {
    const failure = asSendError(thrown);
    this.#failures++;
    this.#observer.failed(failure, this.#what, this.#failures);
    const ms = Math.max(backoffMs(this.#failures, this.#backoff), failure.minimumWaitMs);
    await withAbort(signal, (waiting) => {
      this.#waiting = waiting;
      return wait(ms, waiting.signal);
    });
  }
}
