/**
 * Lets notifications of one route go, durably: each is written into a gap before it is released. Like a lane it writes
 * when it is idle and collects while a write is under way; a write that fails is tried again without end, and nothing
 * is released meanwhile.
 *
 * States of the gap, and what leads from each to the next:
 *
 *     none   nothing is let go                    -> open   a batch is about to be written
 *     open   notifications are let go into it     -> none   `end`, or it is left
 *
 * A gap is left when it is not known whether a write has reached the connector object: one that arrives late would put
 * an earlier state in the place of a later one. So whatever was tried in vain is tried again as it was, and what comes
 * afterwards goes into another gap. For the same reason a run never goes on with the gap of an earlier one.
 */
import { randomBytes } from 'node:crypto';
import { type BackoffOptions, backoffMs, wait } from '../backoff.js';
import { isGone, PlatformError, reasonOf } from '../errors.js';
import type { Log } from '../log.js';
import type { PlatformClock } from '../platform-clock.js';
import { count, type Fragments, Gap } from './gap.js';
import type { LetGo } from './share.js';

/** Writes fragments of the tenant's connector object, all or none. */
export type WriteFragments = (fragments: Fragments, signal: AbortSignal) => Promise<void>;

/** What a log is made of. */
export interface GapLogOptions {
  readonly route: string;
  /** Of this copy of the service. */
  readonly copyName: string;
  readonly clock: PlatformClock;
  readonly write: WriteFragments;
  /** Called with a gap when it is written for the first time, and when nothing more is let go into it. */
  readonly onGap: (gap: Gap) => void;
  readonly log: Log;
  readonly backoff: BackoffOptions;
  /** The least time from one write to the next, in milliseconds. */
  readonly pauseMs: number;
}

/** Cumulocity has at most so many unacknowledged notifications outstanding with one consumer (consumer protocol). */
const MOST_IN_DOUBT = 1000;
/** 48 bits tell 1000 ids apart. */
const ID_CHARACTERS = 8;
/** Of a gap. */
const ID_BYTES = 6;
/** From this status on, an answer does not say whether a request was carried out: a proxy may have given it up. */
const UNSURE_STATUS = 500;

interface Pending {
  readonly letGo: LetGo;
  readonly id: string;
  readonly done: (isWritten: boolean) => void;
}

/** See the head of this file. */
export class GapLog {
  readonly #options: GapLogOptions;
  readonly #abort = new AbortController();
  #gap: Gap | undefined;
  /** While its end is being written. */
  #ending: Gap | undefined;
  #pending: Pending[] = [];
  /** Beginnings of the ids that were written last, by this run or those before. */
  #inDoubt: readonly string[] = [];
  /** Those that an earlier run has let go and perhaps not acknowledged. */
  readonly #known = new Set<string>();
  #writing: Promise<void> | undefined;
  /** Gives the write up that is under way. */
  #attempt = new AbortController();
  #isFailing = false;
  /** Whether anything of the gap stands in the connector object. */
  #hasWritten = false;

  constructor(options: GapLogOptions) {
    this.#options = options;
  }

  /** Whether the last try to write has failed. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  /** The gap that only this log writes now; `undefined` when there is none. */
  get gap(): Gap | undefined {
    return this.#gap ?? this.#ending;
  }

  /** Takes over from a gap that an earlier run of this copy has left open: what stands in it is not let go again. */
  takeOver({ head }: Gap): void {
    const ids = head.inDoubt ?? '';
    for (let at = 0; at < ids.length; at += ID_CHARACTERS) this.#known.add(ids.slice(at, at + ID_CHARACTERS));
    this.#inDoubt = [...this.#known];
  }

  /**
   * Lets a notification go.
   * @param letGo what a replay has to know of it
   * @param messageId of its event
   * @param done called once, when it is written, or with `false` when it is not
   */
  record(letGo: LetGo, messageId: string, done: Pending['done']): void {
    this.#pending.push({ letGo, id: messageId.slice(0, ID_CHARACTERS), done });
    this.#writing ??= this.#writeAll();
  }

  /** Lets go of nothing that is not written yet. */
  async giveBack(): Promise<void> {
    this.#attempt.abort();
    this.#drop();
    await this.written();
    if (!this.#hasWritten) this.#forget();
  }

  /** Ends the gap: nothing more is let go into it. Resolves with it when that is written; at once when there is none. */
  async end(): Promise<Gap | undefined> {
    await this.written();
    const gap = this.#gap;
    if (gap === undefined) return undefined;
    // From here to the write nothing is awaited, so whatever is recorded from now on opens a gap of its own.
    this.#forget();
    this.#ending = gap;
    gap.end(this.#options.clock.latest);
    await this.#writeOnce(gap);
    this.#ending = undefined;
    this.#options.onGap(gap);
    return gap;
  }

  /** Resolves when everything that was recorded is written. */
  async written(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  /** Writes no more; what is not written yet is not let go. The gap stays open, for the next run. */
  async close(): Promise<void> {
    this.#abort.abort();
    await this.#writing;
    this.#drop();
  }

  #drop(): void {
    for (const { done } of this.#pending.splice(0)) done(false);
  }

  /** What is let go from now on opens another gap, of which nothing is in doubt. */
  #forget(): void {
    this.#gap = undefined;
    this.#hasWritten = false;
    this.#known.clear();
    this.#inDoubt = [];
  }

  async #writeAll(): Promise<void> {
    while (this.#pending.length > 0 && !this.#abort.signal.aborted) {
      const batch = this.#pending.splice(0);
      const isWritten = await this.#writeBatch(batch);
      for (const { done } of batch) done(isWritten);
      if (this.#pending.length > 0) await wait(this.#options.pauseMs, this.#abort.signal);
    }
    this.#writing = undefined;
  }

  async #writeBatch(batch: readonly Pending[]): Promise<boolean> {
    // The others were written by an earlier run, whose acknowledgements got lost.
    const fresh = batch.filter(({ id }) => !this.#known.has(id));
    if (fresh.length > 0) {
      const gap = this.#openGap();
      for (const { letGo } of fresh) {
        gap.content.add(letGo);
        count(gap.head.letGo, letGo.api);
      }
      const inDoubt = [...this.#inDoubt, ...fresh.map(({ id }) => id)].slice(-MOST_IN_DOUBT);
      gap.head.inDoubt = inDoubt.join('');
      gap.head.to = isoTime(this.#options.clock.latest);
      if (!(await this.#writeOnce(gap))) {
        gap.head.inDoubt = this.#inDoubt.join('');
        return false;
      }
      this.#inDoubt = inDoubt;
    }
    for (const { id } of batch) this.#known.delete(id);
    return true;
  }

  #openGap(): Gap {
    if (this.#gap !== undefined) return this.#gap;
    const { route, copyName, clock } = this.#options;
    const from = isoTime(clock.earliest);
    const head = { route, reason: 'backlog', state: 'open', copy: copyName, from, to: from } as const;
    this.#gap = Gap.make(randomBytes(ID_BYTES).toString('hex'), head);
    return this.#gap;
  }

  /** Tries until it succeeds; returns `false` when it was given up by `giveBack` or `close`. */
  async #writeOnce(gap: Gap): Promise<boolean> {
    let fragments = gap.write();
    this.#attempt = new AbortController();
    const signal = AbortSignal.any([this.#abort.signal, this.#attempt.signal]);
    let isSure = true;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await this.#options.write(fragments, signal);
        this.#isFailing = false;
        if (!isSure) this.#leave(gap);
        else this.#wrote(gap);
        return true;
      } catch (thrown) {
        isSure &&= thrown instanceof PlatformError && thrown.status < UNSURE_STATUS;
        if (signal.aborted) break;
        this.#failed(thrown, attempt);
        if (isGone(thrown)) {
          gap.allIsGone();
          fragments = gap.write();
        }
        await wait(backoffMs(attempt, this.#options.backoff), signal);
      }
    }
    gap.notWritten(fragments);
    if (!isSure) this.#leave(gap);
    return false;
  }

  #wrote(gap: Gap): void {
    if (this.#gap !== gap || this.#hasWritten) return;
    this.#hasWritten = true;
    this.#options.onGap(gap);
  }

  #failed(thrown: unknown, attempt: number): void {
    this.#isFailing = true;
    if (attempt > 1) return;
    const reason = reasonOf(thrown);
    const text = 'a gap could not be written down, so nothing is let go; trying again';
    this.#options.log.warn(text, { reason });
  }

  /** Not what is in doubt: that may still come again. */
  #leave(gap: Gap): void {
    if (this.#gap !== gap) return;
    this.#gap = undefined;
    this.#hasWritten = false;
    this.#options.onGap(gap);
  }
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
