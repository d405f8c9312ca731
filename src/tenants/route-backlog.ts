/**
 * The backlog of one route's topic, and what is done before it is full: a full one would make the requests of the
 * tenant's devices fail. With `whenBacklogFills` `protect`, notifications are let go: written into a gap and
 * acknowledged without being sent, until the hub takes events again; then the gap is replayed.
 *
 * States, and what leads from each to the next:
 *
 *     watching  everything waits for the hub                       -> lettingGo  the limit is near, and the hub does
 *                                                                                not take what comes
 *     lettingGo what does not get on in its lane is let go         -> ending     the hub takes events again, and
 *                                                                                the backlog is small, or nothing can
 *                                                                                be written down
 *     ending    the gap's end is being written                     -> watching
 *
 * Where an earlier run has left a gap open, it begins in `lettingGo`.
 */

import type { RateWindows } from '../backlog/arrival-rate.js';
import {
  Backlog,
  type BacklogBefore,
  type BacklogFacts,
  type BacklogFigures,
  LIMIT_SHARE,
} from '../backlog/backlog.js';
import type { BacklogPolicy } from '../backlog/backlog-policy.js';
import type { Gap } from '../backlog/gap.js';
import { GapLog, type GapLogOptions } from '../backlog/gap-log.js';
import type { Delivery } from '../delivery/delivery.js';
import type { Relief } from '../delivery/relief.js';
import type { Log } from '../log.js';
import { letGoOf } from './let-go.js';

/** Times of a backlog in milliseconds. */
export interface BacklogTiming {
  readonly tickMs: number;
  readonly rate: RateWindows;
  /** After so long without anything coming in, nothing is left. */
  readonly idleMs: number;
  /** The least time from one writing of a gap to the next. */
  readonly gapPauseMs: number;
}

/** One of the states above. */
export type BacklogState = 'watching' | 'lettingGo' | 'ending';

const LEADS_TO: Readonly<Record<BacklogState, readonly BacklogState[]>> = {
  watching: ['lettingGo'],
  lettingGo: ['ending'],
  ending: ['watching'],
};

/** How the hub does. */
export interface HubFacts {
  /** Whether it does not take what lanes have for it. */
  readonly isStuck: () => boolean;
  /** How many events it has accepted so far. */
  readonly accepted: () => number;
}

/** What a route's backlog works with. */
export interface RouteBacklogParts {
  readonly policy: BacklogPolicy;
  readonly quotaBytes: number;
  /** What an earlier run has left behind. */
  readonly before: BacklogBefore;
  /** Gaps that earlier runs have left open. */
  readonly leftOpen: readonly Gap[];
  readonly gapLog: Pick<GapLogOptions, 'route' | 'copyName' | 'clock' | 'write' | 'onGap' | 'backoff'>;
  readonly facts: () => BacklogFacts;
  readonly hub: HubFacts;
  /** Called when deliveries have to be taken off the lanes at once. */
  readonly relieve: () => void;
  /** Has everything come again that was read and is not acknowledged. */
  readonly readAgain: () => void;
  readonly timing: BacklogTiming;
  readonly log: Log;
}

/** The backlog as it is shown. */
export interface BacklogStatus extends BacklogFigures {
  readonly state: BacklogState;
}

/** Letting go ends when no more than this part of the quota is left. */
const RELEASE_SHARE = 0.5;
/** Deletions and what cannot be read again stay in their lanes, up to so many. */
const MOST_KEPT = 200;

/** So many readings in a row have to find the hub stuck. */
const STUCK_TICKS = 3;
/** So many readings in a row have to find the backlog larger than the one before. */
const GROWING_TICKS = 10;

/** See the head of this file. */
export class RouteBacklog implements Relief {
  readonly #parts: RouteBacklogParts;
  readonly #backlog: Backlog;
  readonly #gapLog: GapLog;
  readonly #ticking: NodeJS.Timeout;
  #state: BacklogState;
  readonly #startedAt = performance.now();
  /** Ticks in a row in which the hub has not taken what lanes have for it. */
  #stuckTicks = 0;
  /** Ticks in a row in which the backlog has grown. */
  #growingTicks = 0;
  #tickedAt = this.#startedAt;
  #shareBefore = 0;
  #kept = new WeakSet<Delivery>();
  #keptCount = 0;
  #ending: Promise<void> | undefined;
  /** Events that the hub had accepted when letting go began. */
  #acceptedBefore = 0;

  constructor(parts: RouteBacklogParts) {
    this.#parts = parts;
    const { timing, quotaBytes, before, leftOpen, log } = parts;
    this.#backlog = new Backlog({ quotaBytes, rate: timing.rate, idleMs: timing.idleMs }, before);
    this.#gapLog = new GapLog({ ...parts.gapLog, log, pauseMs: timing.gapPauseMs });
    this.#state = leftOpen.length === 0 ? 'watching' : 'lettingGo';
    for (const gap of leftOpen) this.#gapLog.takeOver(gap);
    this.#ticking = setInterval(() => this.#tick(), timing.tickMs);
  }

  /** The gap into which notifications are let go; `undefined`: none. */
  get openGap(): Gap | undefined {
    return this.#gapLog.gap;
  }

  /**
   * Whether notifications may still be let go into a gap. One that an earlier run has left says what is in doubt,
   * until there is one that says it too.
   */
  keepsOpen(gapId: string): boolean {
    const { gap } = this.#gapLog;
    return gap === undefined ? this.#state === 'lettingGo' : gap.id === gapId;
  }

  get status(): BacklogStatus {
    return { state: this.#state, ...this.#backlog.figures };
  }

  /** Whether more may be in the topic than was read. */
  get isBehind(): boolean {
    return this.#backlog.isBehind;
  }

  get isOn(): boolean {
    return this.#state === 'lettingGo';
  }

  /** Notes a notification that was read. */
  received(bytes: number): void {
    this.#backlog.received(bytes);
  }

  /** Takes over the platform's own figure of the whole topic. */
  learnBytes(bytes: number): void {
    this.#backlog.learnBytes(bytes);
  }

  /** The highest rate of arrival that was seen here, in bytes per second. */
  get seenBytesPerSecond(): number {
    return this.#backlog.seenBytesPerSecond;
  }

  /** Whether that is only a guess. */
  get isRateGuessed(): boolean {
    return this.#backlog.isRateGuessed;
  }

  /** Takes over what all copies of the service together have seen arrive, in bytes per second. */
  learnRate(bytesPerSecond: number): void {
    const { before, timing } = this.#parts;
    // What earlier runs have seen holds until this one has had time to see as much.
    const isYoung = performance.now() - this.#startedAt < timing.rate.keepMs;
    this.#backlog.learnRate(
      Math.max(bytesPerSecond, isYoung && !before.isGuessed ? before.bytesPerSecond : 0),
    );
  }

  take(delivery: Delivery): boolean {
    const { event } = delivery;
    // What is replayed stands in a gap already.
    if (!this.isOn || event.properties['replayed'] !== undefined) return false;
    const letGo = letGoOf(event);
    if (letGo === undefined || (letGo.action === 'DELETE' && this.#mayKeep(delivery))) return false;
    this.#gapLog.record(letGo, event.messageId, (isWritten) =>
      delivery.settle(isWritten ? 'letGo' : 'abandoned'),
    );
    return true;
  }

  /** Ends the watch. What was let go and is not written down yet comes again; an open gap stays open. */
  async stop(): Promise<void> {
    clearInterval(this.#ticking);
    await this.#gapLog.close();
    await this.#ending;
  }

  #mayKeep(delivery: Delivery): boolean {
    if (this.#kept.has(delivery)) return true;
    if (this.#keptCount >= MOST_KEPT) return false;
    this.#kept.add(delivery);
    this.#keptCount++;
    return true;
  }

  #tick(): void {
    const now = performance.now();
    this.#backlog.tick(now - this.#tickedAt, this.#parts.facts());
    this.#tickedAt = now;
    const { share } = this.#backlog.figures;
    this.#stuckTicks = this.#parts.hub.isStuck() ? this.#stuckTicks + 1 : 0;
    this.#growingTicks = share > this.#shareBefore ? this.#growingTicks + 1 : 0;
    this.#shareBefore = share;
    if (this.#state === 'watching' && this.#isAtLimit(share)) this.#letGo();
    else if (this.#state === 'lettingGo') {
      if (this.#isHubBack && this.#gapLog.isFailing) this.#giveBack();
      else if (share <= RELEASE_SHARE && this.#isHubBack) this.#end();
      else this.#parts.relieve();
    }
  }

  /** A hub that was not tried yet, as after a start, is not known to be back. */
  get #isHubBack(): boolean {
    const { hub, facts } = this.#parts;
    return this.#stuckTicks === 0 && (hub.accepted() > this.#acceptedBefore || facts().notifications === 0);
  }

  /** Letting go helps only while the consumer is connected, and only against a hub that does not take enough. */
  #isAtLimit(share: number): boolean {
    if (this.#parts.policy !== 'protect' || share < LIMIT_SHARE || !this.#parts.facts().isOpen) return false;
    // One refusal is not yet a hub that is away, and one reading not yet one that takes less than comes.
    return this.#stuckTicks >= STUCK_TICKS || this.#growingTicks >= GROWING_TICKS;
  }

  #letGo(): void {
    this.#enter('lettingGo');
    this.#acceptedBefore = this.#parts.hub.accepted();
    this.#parts.log.error('the topic is nearly full: notifications are let go, and replayed later', {
      ...this.#backlog.figures,
    });
    this.#parts.relieve();
  }

  /** What could not be written down need not be let go any more: the hub is there for it. */
  #giveBack(): void {
    this.#end(async () => {
      await this.#gapLog.giveBack();
      this.#parts.readAgain();
    });
  }

  #end(before: () => Promise<void> = async () => undefined): void {
    this.#enter('ending');
    this.#kept = new WeakSet();
    this.#keptCount = 0;
    const ended = before().then(() => this.#gapLog.end());
    this.#ending = ended.then((gap) => {
      this.#ending = undefined;
      this.#enter('watching');
      this.#parts.log.info('the hub takes events again, nothing more is let go', { ...gap?.head.letGo });
    });
  }

  #enter(next: BacklogState): void {
    if (!LEADS_TO[this.#state].includes(next)) {
      throw new Error(`backlog: no way from ${this.#state} to ${next}`);
    }
    this.#state = next;
  }
}
