/**
 * Lets notifications of one route go, durably: each is written into the route's open gap before it is released. Like
 * a lane it writes when it is idle and collects while a write is under way; a write that fails is tried again
 * without end, and nothing is released meanwhile.
 *
 * States of the gap, and what leads from each to the next:
 *
 *     none   nothing is let go                    -> open   `record`, or an open gap of an earlier run
 *     open   notifications are let go into it     -> none   `end`, once everything is written
 */
import { randomBytes } from 'node:crypto';
import { type BackoffOptions, backoffMs, wait } from '../backoff.js';
import { reasonOf } from '../errors.js';
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
  readonly log: Log;
  readonly backoff: BackoffOptions;
  /** The least time from one write to the next, in milliseconds. */
  readonly pauseMs: number;
}

/** Cumulocity has at most so many unacknowledged notifications outstanding with one consumer (consumer protocol). */
const MOST_IN_DOUBT = 1000;
/** 48 bits tell 1000 ids apart. */
const ID_CHARACTERS = 8;

type Done = (isWritten: boolean) => void;

/** See the head of this file. */
export class GapLog {
  readonly #options: GapLogOptions;
  readonly #abort = new AbortController();
  #gap: Gap | undefined;
  #pending: Done[] = [];
  #inDoubt: string[] = [];
  /** Ids that an earlier run has let go and perhaps not acknowledged. */
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

  /** The open gap; `undefined` when there is none. */
  get gap(): Gap | undefined {
    return this.#gap;
  }

  /** Goes on with a gap that an earlier run of this copy has left open. */
  resume(gap: Gap): void {
    this.#gap = gap;
    this.#hasWritten = true;
    const ids = gap.head.inDoubt ?? '';
    for (let at = 0; at < ids.length; at += ID_CHARACTERS) this.#known.add(ids.slice(at, at + ID_CHARACTERS));
  }

  /**
   * Lets a notification go.
   * @param letGo what a replay has to know of it
   * @param messageId of its event
   * @param done called once, when it is written, or with `false` when the log was closed before
   */
  record(letGo: LetGo, messageId: string, done: Done): void {
    const id = messageId.slice(0, ID_CHARACTERS);
    const gap = this.#openGap();
    // Counted and written by an earlier run, whose acknowledgement got lost.
    if (!this.#known.delete(id)) {
      gap.content.add(letGo);
      count(gap.head.letGo, letGo.api);
      this.#inDoubt.push(id);
    }
    this.#pending.push(done);
    this.#writing ??= this.#writeAll(gap);
  }

  /** Lets go of nothing that is not written yet. */
  async giveBack(): Promise<void> {
    this.#attempt.abort();
    for (const done of this.#pending.splice(0)) done(false);
    await this.written();
    if (!this.#hasWritten) this.#leave();
  }

  /** Ends the gap: nothing more is let go into it. Resolves with it when that is written; at once when there is none. */
  async end(): Promise<Gap | undefined> {
    await this.written();
    const gap = this.#gap;
    if (gap === undefined) return undefined;
    // From here to the write nothing is awaited, so whatever is recorded from now on opens a gap of its own.
    gap.head.state = 'ended';
    gap.head.to = isoTime(this.#options.clock.latest);
    delete gap.head.inDoubt;
    this.#leave();
    await this.#writeOnce(gap);
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
    for (const done of this.#pending.splice(0)) done(false);
  }

  /** What is let go from now on opens another gap, of which nothing is in doubt. */
  #leave(): void {
    this.#gap = undefined;
    this.#hasWritten = false;
    this.#known.clear();
    this.#inDoubt = [];
  }

  #openGap(): Gap {
    if (this.#gap !== undefined) return this.#gap;
    const { route, copyName, clock } = this.#options;
    const from = isoTime(clock.earliest);
    const head = { route, reason: 'backlog', state: 'open', copy: copyName, from, to: from } as const;
    this.#gap = Gap.make(`${Date.now().toString(36)}${randomBytes(3).toString('hex')}`, head);
    return this.#gap;
  }

  async #writeAll(gap: Gap): Promise<void> {
    while (this.#pending.length > 0 && !this.#abort.signal.aborted) {
      const released = this.#pending.splice(0);
      this.#inDoubt = this.#inDoubt.slice(-MOST_IN_DOUBT);
      gap.head.inDoubt = this.#inDoubt.join('');
      gap.head.to = isoTime(this.#options.clock.latest);
      const isWritten = await this.#writeOnce(gap);
      for (const done of released) done(isWritten);
      if (this.#pending.length > 0) await wait(this.#options.pauseMs, this.#abort.signal);
    }
    this.#writing = undefined;
  }

  /** Tries until it succeeds; returns `false` when it was given up by `giveBack` or `close`. */
  async #writeOnce(gap: Gap): Promise<boolean> {
    const fragments = gap.write();
    this.#attempt = new AbortController();
    const signal = AbortSignal.any([this.#abort.signal, this.#attempt.signal]);
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await this.#options.write(fragments, signal);
        this.#isFailing = false;
        this.#hasWritten = true;
        return true;
      } catch (thrown) {
        if (signal.aborted) break;
        this.#isFailing = true;
        if (attempt === 1) {
          const reason = reasonOf(thrown);
          this.#options.log.warn('a gap could not be written down, so nothing is let go; trying again', {
            reason,
          });
        }
        await wait(backoffMs(attempt, this.#options.backoff), signal);
      }
    }
    gap.notWritten(fragments);
    return false;
  }
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
