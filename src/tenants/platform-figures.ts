/** Asks the platform again and again how full a topic is, where it tells. */
import { wait } from '../backoff.js';
import type { PlatformClock } from '../platform-clock.js';

/** What is asked, and what for. */
export interface PlatformFiguresParts {
  /** Reads the bytes of the topic's backlog; `undefined` when the platform does not tell. May reject. */
  readonly read: (signal: AbortSignal) => Promise<number | undefined>;
  /** @param askedAt when it was so at the earliest, in milliseconds since 1970 */
  readonly onBytes: (bytes: number, askedAt: number) => void;
  readonly clock: PlatformClock;
  /** From one question to the next, in milliseconds. */
  readonly everyMs: number;
}

/** A platform that does not tell is asked again after so many times. */
const SKIPPED_WHEN_UNTOLD = 60;

/** See the head of this file. */
export class PlatformFigures {
  readonly #parts: PlatformFiguresParts;
  readonly #abort = new AbortController();
  #asking: Promise<void> = Promise.resolve();

  constructor(parts: PlatformFiguresParts) {
    this.#parts = parts;
  }

  /** Begins to ask. */
  start(): void {
    this.#asking = this.#askAgainAndAgain();
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#asking;
  }

  async #askAgainAndAgain(): Promise<void> {
    const { read, onBytes, everyMs, clock } = this.#parts;
    const { signal } = this.#abort;
    while (!signal.aborted) {
      // A platform that is away says nothing either; others notice and report that.
      const askedAt = clock.earliest;
      const bytes = await read(signal).catch(() => undefined);
      if (bytes !== undefined) onBytes(bytes, askedAt);
      await wait(bytes === undefined ? everyMs * SKIPPED_WHEN_UNTOLD : everyMs, signal);
    }
  }
}
