/**
 * Brings back what a gap holds: reads it over REST, source by source, and gives it to the lanes, in order of time
 * within each source. It goes slowly and gives way to live traffic. What is in the hub is taken out of the gap, so a
 * restart goes on where this one stopped; what it sends twice at that edge has the same ids.
 */
import { count, type Fragments, type Gap } from '../backlog/gap.js';
import { ANY_SOURCE, type SourceShares } from '../backlog/gap-content.js';
import type { ReplayableApi, Share } from '../backlog/share.js';
import { type BackoffOptions, backoffMs, wait } from '../backoff.js';
import type { RecordQuery } from '../cumulocity/records.js';
import type { Outcome } from '../delivery/delivery.js';
import { isGone, reasonOf } from '../errors.js';
import type { Log } from '../log.js';
import type { Notification } from '../notifications/frame.js';
import { Progress } from './progress.js';
import { mergeByTime, type ReadPage, type RecordStream, streamInTurn } from './record-stream.js';
import type { StoredRecord } from './stored-record.js';

/** Limits and times of a replay. */
export interface ReplayTiming {
  /** The most events in a second. */
  readonly perSecond: number;
  /** The most events that are with the lanes at once, and the most bytes; one more event may exceed them. */
  readonly outstanding: number;
  readonly outstandingBytes: number;
  /** How soon it is looked again whether live traffic leaves room, in milliseconds. */
  readonly giveWayMs: number;
  /** The least time from one writing of the progress to the next, in milliseconds. */
  readonly saveMs: number;
  /** Waits after a read or write that failed, and after a delivery that was abandoned. */
  readonly backoff: BackoffOptions;
}

/** What a replay works with. */
export interface GapReplayParts {
  readonly gap: Gap;
  readonly readPage: ReadPage;
  /** What the route's subscription makes of a record; `undefined`: it does not capture it. */
  readonly capture: (record: StoredRecord) => Notification | undefined;
  /** Sends; the outcome is given once. */
  readonly deliver: (notification: Notification, settle: (outcome: Outcome) => void) => void;
  /** Whether live traffic needs the way for itself. */
  readonly isBusy: () => boolean;
  readonly write: (fragments: Fragments, signal: AbortSignal) => Promise<void>;
  readonly timing: ReplayTiming;
  readonly log: Log;
}

/** After so many events it is looked at the clock. */
const PACE_EVENTS = 50;

/** See the head of this file. */
export class GapReplay {
  readonly #parts: GapReplayParts;
  readonly #signal: AbortSignal;
  #sent = 0;
  #pacedAt = performance.now();
  #savedAt = performance.now();

  /** @param signal ends it between two steps */
  constructor(parts: GapReplayParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
  }

  /**
   * Replays until nothing is left in the gap.
   * @returns whether that is so; otherwise it was ended by the signal, with its progress written if that was possible
   */
  async run(): Promise<boolean> {
    const { content } = this.#parts.gap;
    for (let attempt = 1; !content.isEmpty && !this.#signal.aborted; ) {
      const [source = ANY_SOURCE] = content.sources;
      if (await this.#replaySource(source)) attempt = 1;
      else await wait(backoffMs(attempt++, this.#parts.timing.backoff), this.#signal);
      await this.#saveIfDue();
    }
    return content.isEmpty;
  }

  /** Writes the progress, once; a failure is no harm: a restart only repeats more. */
  async save(signal: AbortSignal): Promise<void> {
    const { gap, write, log } = this.#parts;
    const fragments = gap.write();
    try {
      await write(fragments, signal);
    } catch (thrown) {
      if (isGone(thrown)) gap.allIsGone();
      else gap.notWritten(fragments);
      log.warn('the progress of a replay could not be written down', {
        gap: gap.id,
        reason: reasonOf(thrown),
      });
    }
  }

  /** Returns whether all of the source is in the hub. */
  async #replaySource(source: string): Promise<boolean> {
    const { gap, log } = this.#parts;
    const shares = gap.content.sharesOf(source);
    const progress = new Progress();
    try {
      await this.#sendAll(source, shares, progress);
    } catch (thrown) {
      log.warn('a replay could not read on, trying again', { gap: gap.id, reason: reasonOf(thrown) });
      await progress.atMost(0);
      this.#advance(source, progress);
      return false;
    }
    await progress.atMost(0);
    this.#advance(source, progress);
    if (progress.isBroken || this.#signal.aborted) return false;
    for (const share of shares.values()) this.#close(share);
    gap.content.finish(source);
    return true;
  }

  async #sendAll(source: string, shares: SourceShares, progress: Progress): Promise<void> {
    const { capture, deliver, timing } = this.#parts;
    for await (const record of this.#read(source, shares)) {
      const notification = capture(record);
      if (notification === undefined) continue;
      await this.#giveWay();
      await progress.atMost(timing.outstanding - 1, timing.outstandingBytes);
      if (this.#signal.aborted || progress.isBroken) return;
      deliver(
        notification,
        progress.begin(notification.api as ReplayableApi, record.time, notification.body.length),
      );
      if (this.#isDue) {
        this.#advance(source, progress);
        await this.#saveIfDue();
      }
    }
  }

  #read(source: string, shares: SourceShares): RecordStream {
    const { readPage } = this.#parts;
    const streams = [...shares.values()].flatMap((share) => queriesOf(source, share));
    return mergeByTime(streams.map((queries) => streamInTurn(queries, readPage)));
  }

  #advance(source: string, progress: Progress): void {
    const advance = progress.take();
    if (advance === undefined) return;
    this.#parts.gap.content.advance(source, advance.time, advance.replayed);
    for (const [api, events] of advance.replayed) count(this.#parts.gap.head.replayed, api, events);
  }

  /** What was let go of a source is either replayed, or cannot be brought back: the counts add up. */
  #close({ api, created, updated, deleted, replayed }: Share): void {
    const { letGo, repeated, notBroughtBack } = this.#parts.gap.head;
    // Of notifications that nobody has seen it is not known how many there were.
    if (letGo[api] === undefined) return;
    const states = created + updated;
    count(repeated, api, Math.max(0, replayed - states));
    count(notBroughtBack, api, Math.max(0, states - replayed) + deleted);
  }

  async #giveWay(): Promise<void> {
    const { isBusy, timing } = this.#parts;
    while (isBusy() && !this.#signal.aborted) await wait(timing.giveWayMs, this.#signal);
    this.#sent++;
    if (this.#sent % PACE_EVENTS !== 0) return;
    const aheadMs = this.#pacedAt + (PACE_EVENTS / timing.perSecond) * 1000 - performance.now();
    if (aheadMs > 0) await wait(aheadMs, this.#signal);
    this.#pacedAt = performance.now();
  }

  get #isDue(): boolean {
    return performance.now() - this.#savedAt >= this.#parts.timing.saveMs;
  }

  async #saveIfDue(): Promise<void> {
    if (!this.#isDue) return;
    await this.save(this.#signal);
    this.#savedAt = performance.now();
  }
}

/** What was created, and what was changed, each in turn of its spans. */
function queriesOf(source: string, share: Share): readonly (readonly RecordQuery[])[] {
  const { api, spans, updatedSpans, creation, change } = share;
  const of = { api, source: source === ANY_SOURCE ? undefined : source };
  const isByState = api === 'events' || api === 'alarms';
  const created = spans.list.map((time) => ({ ...of, time, created: isByState ? creation : undefined }));
  const updated = updatedSpans.list.map((time) => ({ ...of, time, updated: isByState ? change : undefined }));
  return [created, updated].filter((queries) => queries.length > 0);
}
