/**
 * When a connection may be made again (Predix contract, section 15). A lane tries again without end, and often; this
 * keeps the service from being dialled each time. After a loss the waits grow; after a refusal of credentials, scope
 * or topic there are only a few attempts, a minute apart, and then a long rest, so that an account is not locked by
 * one that will be refused for ever. An answer of the service for any message ends all of it.
 */
import { type Clock, REAL_CLOCK } from './clock.js';
import type { RedialTiming } from './timing.js';

/** See the head of this file. */
export class Redial {
  readonly #timing: RedialTiming;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #random: () => number;
  #losses = 0;
  #refusals = 0;
  #isRefused = false;
  #notBefore = 0;

  /**
   * @param clock other than the default only in tests
   * @param random a number from 0 up to 1; likewise
   */
  constructor(
    timing: RedialTiming,
    clock: Pick<Clock, 'now'> = REAL_CLOCK,
    random: () => number = Math.random,
  ) {
    this.#timing = timing;
    this.#clock = clock;
    this.#random = random;
  }

  /** How long no connection may be made, in milliseconds; 0: one may be made now. */
  get waitMs(): number {
    return Math.max(0, this.#notBefore - this.#clock.now());
  }

  /** Whether the service has refused so often, and not taken anything since, that somebody has to mend the options. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** The service has answered for a message. */
  succeeded(): void {
    this.#losses = 0;
    this.#refusals = 0;
    this.#isRefused = false;
  }

  /** Allows one attempt now, although the last ones were refused: something may have been mended. */
  hurry(): void {
    if (this.#isRefused) this.#notBefore = 0;
  }

  /**
   * A connection is lost, or was not made.
   * @param openMs how long it was there, in milliseconds: one that was there for long has shown that the way is good,
   *   also where there was nothing to send
   */
  failed(kind: 'lost' | 'refused', openMs = 0): void {
    if (openMs >= this.#timing.steadyMs) this.#losses = 0;
    this.#notBefore =
      this.#clock.now() + this.#jittered(kind === 'lost' ? this.#afterLoss() : this.#afterRefusal());
  }

  #afterLoss(): number {
    const { lostMs } = this.#timing;
    this.#refusals = 0;
    this.#isRefused = false;
    return lostMs[this.#losses++ % lostMs.length] ?? 0;
  }

  #afterRefusal(): number {
    const { refusals, refusedMs, restMs } = this.#timing;
    // After the rest there are as many attempts again.
    this.#refusals = this.#refusals >= refusals ? 1 : this.#refusals + 1;
    if (this.#refusals < refusals) return refusedMs;
    this.#isRefused = true;
    return restMs;
  }

  /** Ten percent more or less, so that many routes do not come back at the same moment. */
  #jittered(ms: number): number {
    return ms * (0.9 + 0.2 * this.#random());
  }
}
