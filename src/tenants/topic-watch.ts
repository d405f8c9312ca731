/**
 * Finds what a topic has missed, so that a replay can bring it back: times in which the subscription was not there,
 * or nobody read the topic for longer than the platform keeps what comes, or the topic was full.
 */

import { type LeftTopic, missingAfter, RETENTION_MS } from '../backlog/absence.js';
import { LIMIT_SHARE } from '../backlog/backlog.js';
import type { GapReason } from '../backlog/gap.js';
import type { Span } from '../backlog/spans.js';
import { wait } from '../backoff.js';
import { reasonOf } from '../errors.js';
import type { Log } from '../log.js';
import type { PlatformClock } from '../platform-clock.js';
import type { BacklogStatus } from './route-backlog.js';

/** What a watch works with. */
export interface TopicWatchParts {
  /** How an earlier run has left the topic; `undefined`: there was none. */
  readonly left: LeftTopic | undefined;
  /** Looks whether the subscription is there, and makes it if not. */
  readonly check: (signal: AbortSignal) => Promise<void>;
  /** Whether it is this copy that looks. */
  readonly isLooking: () => boolean;
  /**
   * Something may be missing.
   * @param knownFrom until it is written down, nobody may take more than this for safe: by that it is found again
   */
  readonly onMissing: (reason: GapReason, span: Span, knownFrom: number) => void;
  /** Has a gap written down that goes on; resolves when its cause may be ended. */
  readonly beginGap: (reason: GapReason, span: Span, signal: AbortSignal) => Promise<(at: number) => void>;
  /** From one look for the subscription to the next, in milliseconds. */
  readonly checkMs: number;
  readonly timing: TopicWatchTiming;
  readonly clock: PlatformClock;
  readonly log: Log;
}

/** Times of a watch in milliseconds. */
export interface TopicWatchTiming {
  /** How long a new subscription may take to have effect (observed: up to 5 s). */
  readonly activationMs: number;
  /** How long is waited for a gap to be written down before the subscription is made, in milliseconds. */
  readonly patienceMs: number;
}

/** See the head of this file. */
export class TopicWatch {
  readonly #parts: TopicWatchParts;
  readonly #abort = new AbortController();
  #hasLooked = false;
  #checking: Promise<void> = Promise.resolve();
  /** Since when the topic was at its limit, or older than it may be; milliseconds since 1970. */
  #fullSince: number | undefined;
  #notFullAt: number | undefined;
  #lostSince: number | undefined;
  /** What had gone before this run is in a gap already, up to here. */
  #foundUntil = 0;

  constructor(parts: TopicWatchParts) {
    this.#parts = parts;
  }

  /** Begins to look for the subscription again and again. */
  start(): void {
    this.#checking = this.#checkAgainAndAgain();
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#checking;
  }

  /**
   * The subscription is missing, and about to be made. First is written down what it has missed: once it is there,
   * nobody could tell that it was not.
   * @param since when it was last known to be there, in milliseconds since 1970
   * @param signal ends the wait
   * @returns to be called when the subscription is made
   */
  async making(since: number | undefined, signal: AbortSignal): Promise<() => void> {
    const { left, timing, clock, beginGap } = this.#parts;
    const from = since ?? (this.#hasLooked ? undefined : capturedUntil(left));
    this.#hasLooked = true;
    // The first one of all: nothing was promised before.
    if (from === undefined) return () => undefined;
    const span: Span = [from, Math.max(from, clock.latest)];
    if (!this.#isExpected(span)) return () => undefined;
    const end = await beginGap('subscription', span, signal);
    return () => end(clock.latest + timing.activationMs);
  }

  /** The topic is read again, for the first time in this run. */
  connected(): void {
    if (this.#hasLooked) return;
    this.#hasLooked = true;
    const { left, onMissing, clock } = this.#parts;
    if (left === undefined) return;
    for (const { reason, span } of missingAfter(left, clock.latest)) {
      if (!left.wasGone || this.#isExpected(span)) onMissing(reason, span, left.safeUntil);
      if (reason === 'retention') this.#foundUntil = span[1];
    }
  }

  /** Somebody has ended what was captured, perhaps on purpose: nobody expects all of a long time to be replayed. */
  #isExpected([from, to]: Span): boolean {
    if (to - from <= RETENTION_MS) return true;
    const text = 'nothing was captured for long; what came meanwhile is replayed only if it is asked for';
    const span = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
    this.#parts.log.warn(text, span);
    return false;
  }

  /** The platform has said that the topic was not full at that time, in milliseconds since 1970. */
  wasNotFull(at: number): void {
    this.#notFullAt = at;
  }

  /**
   * Notes how the backlog is.
   * @param mayFill whether nothing can be let go now when it is full
   */
  observe({ ageMs, share, state }: BacklogStatus, mayFill: boolean): void {
    const { earliest: now, latest } = this.#parts.clock;
    // What is not read is only estimated: from the limit on it may be full. Otherwise it stays near the limit.
    // It may have been so since it was last known not to be.
    if (share >= (mayFill ? LIMIT_SHARE : 1)) this.#fullSince ??= Math.min(now, this.#notFullAt ?? now);
    if (ageMs > RETENTION_MS && state === 'watching') {
      this.#lostSince ??= Math.max(now - ageMs, this.#foundUntil);
    }
    if (share > LIMIT_SHARE / 2 || ageMs > RETENTION_MS / 2) return;
    // Over: what was refused or has gone meanwhile is in the database, and in no topic.
    const [fullSince, lostSince] = [this.#fullSince, this.#lostSince];
    if (fullSince !== undefined) this.#parts.onMissing('backlog', [fullSince, latest], fullSince);
    if (lostSince !== undefined) {
      this.#parts.onMissing('retention', [lostSince, latest - RETENTION_MS], lostSince);
    }
    this.#fullSince = undefined;
    this.#lostSince = undefined;
  }

  async #checkAgainAndAgain(): Promise<void> {
    const { check, isLooking, checkMs, log } = this.#parts;
    const { signal } = this.#abort;
    let lastFailure: string | undefined;
    while (!signal.aborted) {
      await wait(checkMs, signal);
      if (signal.aborted || !isLooking()) continue;
      try {
        await check(signal);
        lastFailure = undefined;
      } catch (thrown) {
        const reason = reasonOf(thrown);
        if (reason !== lastFailure && !signal.aborted)
          log.warn('the subscription could not be looked for', { reason });
        lastFailure = reason;
      }
    }
  }
}

/**
 * Until when what came is in the hub or in the topic, in milliseconds since 1970. Not only what is in the hub: what was
 * captured comes again, unless the topic was given up with it.
 */
function capturedUntil(left: LeftTopic | undefined): number | undefined {
  return left?.isGivenUp === true ? left.safeUntil : (left?.subscribedAt ?? left?.safeUntil);
}
