/**
 * Keeps to what the service takes while it limits a tenant (Predix contract, section 14). Its states:
 *
 *     free     as fast as there is something to send    -> pausing   the service has answered "Too Many Requests"
 *     pausing  nothing is sent                          -> limited   the pause is over
 *     limited  at the rate that the service has taken,  -> pausing   refused again: the pause is longer when nothing
 *              which grows as long as nothing is                     was taken in between
 *              refused                                  -> free      nothing was refused for two windows
 *
 * Refused messages are the lanes' to send again; this only says when.
 */
import { type Clock, REAL_CLOCK } from './clock.js';
import type { ThrottleTiming } from './timing.js';

/** How a throttle is, for the status. */
export interface ThrottleStatus {
  /** When the service began to limit, in milliseconds since 1970. */
  readonly since: string;
  /** What is sent now, in bytes per second. */
  readonly bytesPerSecond: number;
}

/** In one of so many parts of a window is noted how much was taken. */
const SAMPLES = 30;
/** The rate grows by this factor so many times in a window. */
const GROWTH = 1.25;
const GROWTHS = 6;
/** Without a refusal for so many windows, there is no limit any more. */
const CALM_WINDOWS = 2;
/** The first pause, as a part of a window; it doubles up to a whole one. */
const FIRST_PAUSE = 1 / 30;
/** A limited request holds no more than what may be sent in this part of a window: less is refused at once. */
const REQUEST_PART = 1 / 30;

interface Limit {
  readonly since: string;
  /** Bytes per millisecond, when the pause ended. */
  readonly rate: number;
  readonly pausedUntil: number;
}

/** See the head of this file. */
export class Throttle {
  readonly #timing: ThrottleTiming;
  readonly #clock: Clock;
  readonly #taken: { atMs: number; bytes: number }[] = [];
  #limit: Limit | undefined;
  #pauseMs = 0;
  #takenSincePause = false;
  /** When the next request may go out. */
  #nextAt = 0;

  /** @param clock other than the default only in tests */
  constructor(timing: ThrottleTiming, clock = REAL_CLOCK) {
    this.#timing = timing;
    this.#clock = clock;
  }

  /** `undefined` when nothing is limited. */
  get status(): ThrottleStatus | undefined {
    const limit = this.#current();
    if (limit === undefined) return undefined;
    return { since: limit.since, bytesPerSecond: Math.round(this.#rateOf(limit) * 1000) };
  }

  /** How long nothing is sent, in milliseconds. */
  get pauseMs(): number {
    return Math.max(0, (this.#limit?.pausedUntil ?? 0) - this.#clock.now());
  }

  /** How large a request should be at most, in bytes; `undefined`: as large as it may. */
  get requestBytes(): number | undefined {
    const limit = this.#current();
    return limit && this.#rateOf(limit) * this.#timing.windowMs * REQUEST_PART;
  }

  /**
   * Waits until a request may be sent.
   * @param bytes of the request
   * @param signal ends the wait
   */
  async permit(bytes: number, signal: AbortSignal): Promise<void> {
    const limit = this.#current();
    if (limit === undefined) return;
    const startAt = Math.max(this.#clock.now(), limit.pausedUntil, this.#nextAt);
    const takesMs = bytes / this.#rateOf(limit);
    this.#nextAt = startAt + takesMs;
    await this.#until(() => startAt, signal);
    // Refused meanwhile: the pause is for all.
    await this.#until(() => this.#limit?.pausedUntil ?? 0, signal);
    // It is not sent, so others need not wait for it.
    if (signal.aborted) this.#nextAt -= takesMs;
  }

  async #until(time: () => number, signal: AbortSignal): Promise<void> {
    for (let ms = time() - this.#clock.now(); ms > 0 && !signal.aborted; ms = time() - this.#clock.now()) {
      await this.#clock.wait(ms, signal);
    }
  }

  /** The service has taken a message of so many bytes. */
  accepted(bytes: number): void {
    this.#takenSincePause = true;
    const now = this.#clock.now();
    const last = this.#taken.at(-1);
    const { windowMs } = this.#timing;
    if (last !== undefined && now - last.atMs < windowMs / SAMPLES) last.bytes += bytes;
    else this.#taken.push({ atMs: now, bytes });
    while ((this.#taken[0]?.atMs ?? now) < now - windowMs) this.#taken.shift();
  }

  /** The service has refused a message as one too many. Of several at once, only the first counts. */
  refused(): void {
    const now = this.#clock.now();
    if (this.pauseMs > 0) return;
    const { windowMs, floorBytes } = this.#timing;
    const longer = this.#takenSincePause ? 0 : this.#pauseMs * 2;
    this.#pauseMs = Math.min(windowMs, Math.max(longer, windowMs * FIRST_PAUSE));
    this.#takenSincePause = false;
    const taken = this.#taken.filter(({ atMs }) => atMs >= now - windowMs);
    const bytes = taken.reduce((sum, sample) => sum + sample.bytes, 0);
    const since = this.#limit?.since ?? new Date().toISOString();
    const rate = Math.max(bytes, floorBytes) / windowMs;
    this.#limit = { since, rate, pausedUntil: now + this.#pauseMs };
  }

  #rateOf({ rate, pausedUntil }: Limit): number {
    const steps = (Math.max(0, this.#clock.now() - pausedUntil) / this.#timing.windowMs) * GROWTHS;
    return rate * GROWTH ** steps;
  }

  #current(): Limit | undefined {
    const limit = this.#limit;
    const calmMs = this.#clock.now() - (limit?.pausedUntil ?? 0);
    if (limit !== undefined && calmMs > CALM_WINDOWS * this.#timing.windowMs) {
      this.#limit = undefined;
      this.#pauseMs = 0;
    }
    return this.#limit;
  }
}
