/**
 * What keeps a route's topic from doing harm and from losing anything: its backlog is watched and relieved, and what
 * the topic itself has missed is found. The route only says what it reads and how its hub does.
 */
import type { LeftTopic } from '../backlog/absence.js';
import { type BacklogFacts, LIMIT_SHARE } from '../backlog/backlog.js';
import type { Gap } from '../backlog/gap.js';
import type { WriteFragments } from '../backlog/gap-log.js';
import type { Relief } from '../delivery/relief.js';
import type { Log } from '../log.js';
import type { HubEvent } from '../mapping/hub-event.js';
import type { PlatformClock } from '../platform-clock.js';
import type { RouteRisk } from './alarm-texts.js';
import type { RouteRecord } from './copy-records.js';
import type { EndGap, FoundGap } from './gaps.js';
import { PlatformFigures } from './platform-figures.js';
import { type BacklogStatus, type HubFacts, RouteBacklog } from './route-backlog.js';
import type { RouteOptions } from './tenant-options.js';
import type { ForwardingTiming } from './timing.js';
import { TopicWatch } from './topic-watch.js';

/** What the tenant offers its routes for their safety. */
export interface SafetyNet {
  readonly copyName: string;
  readonly clock: PlatformClock;
  /** How often is looked whether the platform still has what was asked of it, in milliseconds. */
  readonly checkMs: number;
  /** Writes fragments of the connector object. */
  readonly write: WriteFragments;
  /** Whether this copy does what only one of them should do. */
  readonly isLeading: () => boolean;
  /** Whether this copy sees to it that the subscriptions are there. */
  readonly looksForTopics: () => boolean;
  /** Whether there is no other copy, as far as is known. */
  readonly isAlone: () => boolean;
  /** Whether another copy that is alive runs a route. */
  readonly isElsewhere: (route: string) => boolean;
  /** Whether a route has something that is not brought back yet. */
  readonly hasGap: (route: string) => boolean;
  /** Called when a route stops: what it knew is what its next start in this process begins with. */
  readonly onStopped: (route: string, record: RouteRecord, openGap: Gap | undefined) => void;
  /** Called when a route's topic was removed: what comes from now on was not promised. */
  readonly onRemoved: (route: string) => void;
  /** Called with a gap when it is written for the first time, and when nothing more is let go into it. */
  readonly onGap: (gap: Gap) => void;
  /** Soon tells the other copies what this one does, and sees what they do. */
  readonly announce: () => void;
  /** How an earlier run has left a route's topic. */
  readonly left: (route: string, quotaBytes: number) => LeftTopic | undefined;
  /** How fast notifications have arrived in all routes of this copy: a new route may get as many. Bytes per second. */
  readonly seenRate: () => number;
  /** The gaps that earlier runs of this copy have left open. */
  readonly leftOpen: (route: string) => readonly Gap[];
  /** Writes down a gap that is over; see `Gaps.open`. Resolves with whether it is written. */
  readonly openGap: (gap: FoundGap) => Promise<boolean>;
  /** Writes down a gap before its cause is ended; see `Gaps.begin`. */
  readonly beginGap: (gap: FoundGap, signal: AbortSignal) => Promise<EndGap>;
  /** Called again and again with the state of a route's backlog. */
  readonly onBacklog: (risk: RouteRisk) => void;
  /** Called for each event that the hub will never take, once a pointer event is in its place. */
  readonly onRejected: (route: string, reason: string, event: HubEvent) => void;
  /** The platform's own figure of a topic; `undefined` when it does not tell. */
  readonly readBacklogBytes: (topic: string, signal: AbortSignal) => Promise<number | undefined>;
}

/** What a route says of itself. */
export interface RouteSafetyParts {
  readonly options: RouteOptions;
  readonly topic: string;
  readonly tenant: SafetyNet;
  readonly facts: () => BacklogFacts;
  readonly hub: HubFacts & {
    /** Why the hub refuses the service, if it does for good. */
    readonly refusal: () => string | undefined;
  };
  readonly relieve: () => void;
  readonly readAgain: () => void;
  readonly checkSubscription: (signal: AbortSignal) => Promise<void>;
  /** When the subscription was last known to be there, in milliseconds since 1970. */
  readonly subscribedAt: () => number | undefined;
  readonly timing: ForwardingTiming;
  readonly log: Log;
}

/** See the head of this file. */
export class RouteSafety {
  readonly #parts: RouteSafetyParts;
  readonly #backlog: RouteBacklog;
  readonly #watch: TopicWatch;
  readonly #figures: PlatformFigures;
  readonly #observing: NodeJS.Timeout;
  /** Gaps that are being written down, and until when everything was safe before them. */
  readonly #unwritten = new Map<FoundGap, number>();

  constructor(parts: RouteSafetyParts) {
    this.#parts = parts;
    const { options, tenant, timing, topic } = parts;
    const left = tenant.left(options.name, options.backlogQuotaBytes);
    this.#backlog = this.#makeBacklog(left);
    const of = { route: options.name, apis: options.apis };
    this.#watch = new TopicWatch({
      left,
      check: parts.checkSubscription,
      isLooking: tenant.looksForTopics,
      onMissing: (reason, span, knownFrom) => void this.#writeDown({ ...of, reason, span }, knownFrom),
      beginGap: (reason, span, signal) => tenant.beginGap({ ...of, reason, span }, signal),
      checkMs: tenant.checkMs,
      timing: timing.topic,
      clock: tenant.clock,
      log: parts.log,
    });
    this.#figures = new PlatformFigures({
      read: (signal) => tenant.readBacklogBytes(topic, signal),
      onBytes: (bytes, askedAt) => {
        this.#backlog.learnBytes(bytes);
        if (bytes < options.backlogQuotaBytes * LIMIT_SHARE) this.#watch.wasNotFull(askedAt);
      },
      clock: tenant.clock,
      everyMs: timing.connector.figuresMs,
    });
    this.#observing = setInterval(() => this.#observe(), timing.backlog.tickMs);
  }

  get relief(): Relief {
    return this.#backlog;
  }

  get status(): BacklogStatus {
    return this.#backlog.status;
  }

  /** What a later run has to know. */
  get record(): RouteRecord {
    const { ageMs, bytes } = this.#backlog.status;
    const safeMs = Math.min(this.#parts.tenant.clock.earliest - ageMs, ...this.#unwritten.values());
    const safeUntil = new Date(safeMs).toISOString();
    const bytesPerSecond = Math.round(this.#backlog.seenBytesPerSecond);
    const subscribedAt = this.#parts.subscribedAt();
    return {
      ...{ safeUntil, bytes, bytesPerSecond, isGuessed: this.#backlog.isRateGuessed },
      ...(subscribedAt === undefined ? {} : { subscribedAt: new Date(subscribedAt).toISOString() }),
    };
  }

  /** Begins to watch. */
  start(): void {
    this.#watch.start();
    this.#figures.start();
  }

  /** Notes a frame that was read. */
  received(bytes: number): void {
    this.#backlog.received(bytes);
  }

  /** The subscription is missing, and about to be made; see `TopicWatch.making`. */
  makingSubscription(since: number | undefined, signal: AbortSignal): Promise<() => void> {
    return this.#watch.making(since, signal);
  }

  /** See `RouteBacklog.keepsOpen`. */
  keepsOpen(gapId: string): boolean {
    return this.#backlog.keepsOpen(gapId);
  }

  /** The topic can be read. */
  connected(): void {
    this.#watch.connected();
  }

  /** Takes over what all copies of the service together have seen arrive, in bytes per second. */
  learnRate(bytesPerSecond: number): void {
    this.#backlog.learnRate(bytesPerSecond);
  }

  /** Ends the watch; what is let go and not written down yet comes again. */
  async stop(): Promise<void> {
    clearInterval(this.#observing);
    await Promise.all([this.#watch.stop(), this.#figures.stop(), this.#backlog.stop()]);
    const { options, tenant } = this.#parts;
    tenant.onStopped(options.name, this.record, this.#backlog.openGap);
  }

  /** Until the gap is written, this copy's record says no more than what a later run finds it by. */
  async #writeDown(gap: FoundGap, knownFrom: number): Promise<void> {
    this.#unwritten.set(gap, knownFrom);
    if (await this.#parts.tenant.openGap(gap)) this.#unwritten.delete(gap);
  }

  #observe(): void {
    const { name: route, whenBacklogFills: policy } = this.#parts.options;
    const backlog = this.status;
    const refusal = this.#parts.hub.refusal();
    this.#watch.observe(backlog, policy === 'hold' || !this.#parts.facts().isOpen);
    this.#parts.tenant.onBacklog({ route, policy, backlog, refusal });
  }

  #makeBacklog(left: LeftTopic | undefined): RouteBacklog {
    const { options, tenant, facts, hub, relieve, readAgain, timing, log } = this.#parts;
    const { copyName, clock, write, onGap } = tenant;
    const before = {
      bytesPerSecond: left?.bytesPerSecond ?? tenant.seenRate(),
      isGuessed: left?.isGuessed ?? true,
      ageMs: left === undefined ? 0 : Math.max(0, clock.latest - left.safeUntil),
    };
    return new RouteBacklog({
      policy: options.whenBacklogFills,
      quotaBytes: options.backlogQuotaBytes,
      before,
      leftOpen: tenant.leftOpen(options.name),
      gapLog: { route: options.name, copyName, clock, write, onGap, backoff: timing.connector.backoff },
      ...{ facts, hub, relieve, readAgain, log },
      timing: timing.backlog,
    });
  }
}
