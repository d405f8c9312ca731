/**
 * How much of a topic is not acknowledged, and since when. Cumulocity does not tell a consumer, so it is estimated,
 * and rather too high than too low:
 *
 * - what is in flight here is known;
 * - while nothing more can be read (the platform's window of unacknowledged notifications is used up, reading is
 *   paused, the connection is lost), more piles up unseen: as much as ever arrived in the same time;
 * - what is read afterwards was part of that. Nothing coming in for a moment, though more could be read, shows that
 *   nothing is left;
 * - where the platform's own figure can be had, it replaces the guess.
 *
 * The consequence of a full topic is that the requests of the tenant's devices fail (design, "The promise").
 */
import { ArrivalRate, type RateWindows } from './arrival-rate.js';

/** What a reading of the backlog is made of. */
export interface BacklogFacts {
  /** Whether the consumer is connected. */
  readonly isOpen: boolean;
  /** Whether reading is paused. */
  readonly isPaused: boolean;
  /** Read and not acknowledged. */
  readonly notifications: number;
  readonly bytes: number;
  /** For how long the oldest of them has been in flight, in milliseconds; 0 when there is none. */
  readonly oldestMs: number;
}

/** The state of a backlog. */
export interface BacklogFigures {
  readonly bytes: number;
  /** Part of what the topic can hold, from 0; may exceed 1. */
  readonly share: number;
  /** Everything that is older than this is in the hub, in milliseconds. */
  readonly ageMs: number;
  /** The highest known rate of arrival. */
  readonly bytesPerSecond: number;
  /** Milliseconds until the limit is reached, if nothing is acknowledged; `undefined` when nothing arrives. */
  readonly msUntilLimit: number | undefined;
}

/** Limits and times of a backlog. */
export interface BacklogOptions {
  /** What the topic can hold (Cumulocity's quota, 25 MiB by default). */
  readonly quotaBytes: number;
  readonly rate: RateWindows;
  /** After so long without anything coming in, nothing is left, in milliseconds. */
  readonly idleMs: number;
}

/** What is known of a topic at the start. */
export interface BacklogBefore {
  /** The peak rate of arrival. */
  readonly bytesPerSecond: number;
  /** Whether it is only a guess, which ends with the first real rate. */
  readonly isGuessed: boolean;
  /** How old the backlog is, in milliseconds. */
  readonly ageMs: number;
}

/** The part of the quota at which something is done about it. */
export const LIMIT_SHARE = 0.8;

/** Cumulocity sends no more while so many notifications are unacknowledged (consumer protocol). */
const WINDOW = 1000;
/** A smaller window would look like this: a good many unacknowledged, and nothing more coming. */
const SMALLEST_WINDOW = 100;
const SILENCE_MS = 10_000;
/** When the window stays full although everything known of was read, more arrives than is read: by this part at least. */
const UNSEEN_PART = 0.25;

/** See the head of this file. */
export class Backlog {
  readonly #options: BacklogOptions;
  readonly #rate: ArrivalRate;
  #assumedRate = 0;
  /** In the topic and not read, as far as it can be guessed. */
  #unread: number;
  /** Read without a break while the window was full. */
  #readWhileFull = 0;
  #receivedBytes = 0;
  #silentMs = 0;
  #wasBlocked = false;
  #behindMs: number;
  #facts: BacklogFacts = { isOpen: false, isPaused: false, notifications: 0, bytes: 0, oldestMs: 0 };

  /**
   * @param options see {@link BacklogOptions}
   * @param before what an earlier run left behind
   */
  constructor(
    options: BacklogOptions,
    before: BacklogBefore = { bytesPerSecond: 0, isGuessed: true, ageMs: 0 },
  ) {
    this.#options = options;
    this.#rate = new ArrivalRate(options.rate);
    if (before.isGuessed) this.#rate.guess(before.bytesPerSecond);
    else this.#assumedRate = before.bytesPerSecond;
    this.#behindMs = before.ageMs;
    this.#unread = Math.min(options.quotaBytes, (before.bytesPerSecond * before.ageMs) / 1000);
  }

  /** Whether more may be in the topic than was read. */
  get isBehind(): boolean {
    return this.#unread + this.#unseen > 0;
  }

  get figures(): BacklogFigures {
    const { quotaBytes } = this.#options;
    const bytes = this.#facts.bytes + Math.max(this.#unread, this.#unseen);
    const bytesPerSecond = this.#arrival;
    const msLeft = (Math.max(0, LIMIT_SHARE * quotaBytes - bytes) / bytesPerSecond) * 1000;
    return {
      bytes: Math.round(bytes),
      share: bytes / quotaBytes,
      ageMs: Math.round(Math.max(this.#behindMs, this.#facts.oldestMs)),
      bytesPerSecond: Math.round(bytesPerSecond),
      msUntilLimit: bytesPerSecond === 0 ? undefined : Math.round(msLeft),
    };
  }

  /** Notes a notification that was read. */
  received(bytes: number): void {
    this.#receivedBytes += bytes;
  }

  /** The highest rate of arrival that was seen here, in bytes per second. */
  get seenBytesPerSecond(): number {
    return this.#rate.peak;
  }

  /** Whether that is only a guess. */
  get isRateGuessed(): boolean {
    return this.#rate.isGuessed;
  }

  /** Takes over the rate of arrival of the whole topic, of which only a part is read here. */
  learnRate(bytesPerSecond: number): void {
    this.#assumedRate = bytesPerSecond;
  }

  /** Takes over the platform's own figure of the whole topic. */
  learnBytes(bytes: number): void {
    this.#unread = Math.max(0, bytes - this.#facts.bytes);
    this.#readWhileFull = 0;
  }

  /**
   * Takes a reading.
   * @param ms since the last one
   * @param facts as they are now
   */
  tick(ms: number, facts: BacklogFacts): void {
    const received = this.#receivedBytes;
    this.#receivedBytes = 0;
    this.#silentMs = received === 0 && canReceive(facts) ? this.#silentMs + ms : 0;
    this.#facts = facts;
    const isBlocked = this.#isBlocked(facts);
    // Now that more can be read, it has to be seen anew whether anything comes.
    if (this.#wasBlocked && !isBlocked) this.#silentMs = 0;
    this.#wasBlocked = isBlocked;
    if (isBlocked) this.#pileUp(ms, received);
    else this.#readOn(ms, received);
    if (isBlocked || this.isBehind) this.#behindMs = Math.max(this.#behindMs, facts.oldestMs) + ms;
    else this.#behindMs = 0;
  }

  get #arrival(): number {
    return Math.max(this.#rate.peak, this.#assumedRate);
  }

  get #unseen(): number {
    return this.#readWhileFull * UNSEEN_PART;
  }

  #isBlocked(facts: BacklogFacts): boolean {
    if (!canReceive(facts)) return true;
    return facts.notifications >= SMALLEST_WINDOW && this.#silentMs >= SILENCE_MS;
  }

  #pileUp(ms: number, received: number): void {
    this.#rate.interrupt();
    // From the beginning more arrives than can be read: the rate of reading is the least that it can be.
    if (this.#arrival === 0) this.#rate.guess((received / ms) * 1000);
    this.#unread = Math.max(0, this.#unread + (this.#arrival * ms) / 1000 - received);
    this.#readWhileFull += received;
  }

  #readOn(ms: number, received: number): void {
    this.#readWhileFull = 0;
    this.#unread = this.#silentMs >= this.#options.idleMs ? 0 : Math.max(0, this.#unread - received);
    if (this.#unread === 0) this.#rate.add(received, ms);
    else this.#rate.interrupt();
  }
}

function canReceive({ isOpen, isPaused, notifications }: BacklogFacts): boolean {
  return isOpen && !isPaused && notifications < WINDOW;
}
