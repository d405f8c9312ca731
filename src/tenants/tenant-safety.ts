/**
 * What keeps one tenant safe, for all of its routes: the connector object, the gaps with their replays, and the
 * alarms.
 */
import type { Config } from '../config.js';
import type { ObjectFragments } from '../cumulocity/connector-object.js';
import type { PlatformClient } from '../cumulocity/platform-client.js';
import { PAGE_RECORDS, readRecordPage } from '../cumulocity/records.js';
import { readBacklogBytes } from '../cumulocity/topic-figures.js';
import { PlatformError } from '../errors.js';
import type { Log } from '../log.js';
import type { HubEvent } from '../mapping/hub-event.js';
import type { PlatformClock } from '../platform-clock.js';
import type { ReadPage } from '../replay/record-stream.js';
import type { ReplaySlots } from '../replay/replay-slots.js';
import { readRecords } from '../replay/stored-record.js';
import { ALARM_TYPES, AlarmBoard, type AlarmType } from './alarm-board.js';
import {
  GROWING_SHARE,
  gapAlarm,
  growingAlarm,
  type RouteRisk,
  refusedAlarm,
  rejectedAlarm,
  type WantedAlarm,
} from './alarm-texts.js';
import { Connector } from './connector.js';
import { type CopyRecord, copyFragment, knownRate, readCopyRecords } from './copy-records.js';
import { Gaps } from './gaps.js';
import { LeftTopics } from './left-topics.js';
import type { Route } from './route.js';
import type { SafetyNet } from './route-safety.js';
import type { ForwardingTiming } from './timing.js';

/** What a tenant's safety is made of. */
export interface TenantSafetyParts {
  readonly tenant: string;
  readonly isNewcomer: boolean;
  readonly replaySlots: ReplaySlots;
  readonly service: PlatformClient;
  /** Of its user; see `userMark`. */
  readonly userMark: string | undefined;
  readonly clock: PlatformClock;
  readonly config: Config;
  readonly timing: ForwardingTiming;
  readonly routes: {
    readonly find: (name: string) => Route | undefined;
    readonly all: () => readonly Route[];
    readonly records: () => CopyRecord['routes'];
    readonly areSettled: () => boolean;
  };
  readonly log: Log;
}

/** Answers that mean that there is nothing to read: the source was deleted. */
const NOTHING = new Set([404, 422]);

/** See the head of this file. */
export class TenantSafety {
  readonly #parts: TenantSafetyParts;
  readonly connector: Connector;
  readonly gaps: Gaps;
  readonly alarms: AlarmBoard;
  #service: PlatformClient;
  /** By route. */
  readonly #risks = new Map<string, RouteRisk>();
  #othersShare = 0;
  readonly #leftTopics: LeftTopics;
  /** Of all copies, as they were read last; `undefined` before that. */
  #records: ReadonlyMap<string, CopyRecord> | undefined;
  /** By route and reason, how often since the start. */
  readonly #rejections = new Map<string, ReadonlyMap<string, number>>();

  constructor(parts: TenantSafetyParts) {
    this.#parts = parts;
    this.#service = parts.service;
    const { service, userMark, isNewcomer, clock, config, timing, routes, log } = parts;
    const { heartbeatMs, alarmMs, lastWordMs, backoff } = timing.connector;
    const { applicationName, copyName } = config;
    this.connector = new Connector({
      ...{ service, userMark, clock, applicationName, copyName, heartbeatMs, backoff, log },
      report: routes.records,
      onBeat: (fragments, askedAtMs) => this.#onBeat(fragments, askedAtMs),
    });
    this.#leftTopics = new LeftTopics({ ...{ isNewcomer, userMark, heartbeatMs }, copies: this.connector });
    this.alarms = new AlarmBoard({
      ...{ service, backoff, changeMs: alarmMs, log },
      source: (signal) => this.connector.id(signal),
    });
    this.gaps = new Gaps({
      ...{ clock, copyName, backoff, lastWordMs, log },
      ...timing.topic,
      timing: timing.replay,
      connector: this.connector,
      route: routes.find,
      slots: parts.replaySlots,
      areRoutesSettled: routes.areSettled,
      readPage: (signal) => (query, page) => this.#readPage(query, page, signal),
    });
  }

  /** What the routes are given. */
  get forRoutes(): SafetyNet {
    const { tenant, config, clock } = this.#parts;
    return {
      copyName: config.copyName,
      clock,
      checkMs: config.optionsPollMs,
      write: (fragments, signal) => this.connector.write(fragments, signal),
      isLeading: () => this.connector.isLeading,
      looksForTopics: () => this.connector.ledLast,
      left: (route, quotaBytes) => this.#leftTopics.of(route, quotaBytes),
      seenRate: () => {
        const records = Object.values(this.#parts.routes.records());
        return records.reduce((sum, { bytesPerSecond }) => sum + bytesPerSecond, 0);
      },
      leftOpen: (route) => this.gaps.leftOpen(route),
      openGap: (gap) => this.gaps.open(gap).written,
      beginGap: (gap, signal) => this.gaps.begin(gap, signal),
      isAlone: () => this.connector.copies === 1,
      isElsewhere: (route) => this.#others().some(([, { routes }]) => routes[route] !== undefined),
      hasGap: (route) => this.gaps.isAnyOf(route),
      onGap: (gap) => {
        this.gaps.note(gap);
        this.connector.beatSoon();
      },
      onStopped: (route, record, openGap) => {
        this.#leftTopics.stopped(route, record);
        if (openGap !== undefined) this.gaps.note(openGap);
        this.gaps.routeStopped(route);
      },
      onRemoved: (route) => this.#leftTopics.removed(route),
      announce: () => this.connector.beatSoon(),
      onBacklog: (risk) => this.#onBacklog(risk),
      onRejected: (route, reason, event) => this.#onRejected(route, reason, event),
      readBacklogBytes: (topic, signal) => readBacklogBytes(this.#service, tenant, topic, signal),
    };
  }

  /** Takes over a client with new credentials, and the mark of its user. */
  useService(service: PlatformClient, userMark: string | undefined): void {
    this.#service = service;
    this.connector.useService(service, userMark);
    this.alarms.useService(service);
  }

  /** Reads what an earlier run has left; the routes have to be started after that. */
  async open(signal: AbortSignal): Promise<void> {
    const askedAtMs = performance.now();
    const fragments = await this.connector.open(signal);
    if (fragments !== undefined) this.gaps.look(fragments, askedAtMs);
  }

  /** Begins to write this copy's record; the routes have to be there. */
  start(): void {
    this.connector.start();
  }

  /**
   * Ends everything, once the routes have ended.
   * @param leftMs how long a last word to the platform may take; 0: none, what it knows stays as it is
   */
  async stop(leftMs: number): Promise<void> {
    await Promise.all([this.gaps.stop(), this.alarms.stop()]);
    await this.connector.stop(leftMs);
  }

  #onBeat(fragments: ObjectFragments, askedAtMs: number): void {
    const records = readCopyRecords(fragments);
    this.#records = records;
    this.#othersShare = Math.max(0, ...this.#othersShares());
    this.gaps.look(fragments, askedAtMs);
    this.#learnRates(records);
    if (this.connector.copies > 1) this.alarms.doubt();
    this.#setAlarms();
  }

  /** How full the other copies of the service that are alive take the topics to be. */
  #othersShares(): readonly number[] {
    return this.#others().flatMap(([, { routes }]) =>
      Object.entries(routes).map(([route, { bytes }]) => {
        const quotaBytes = this.#parts.routes.find(route)?.options.backlogQuotaBytes;
        return quotaBytes === undefined ? 0 : bytes / quotaBytes;
      }),
    );
  }

  /** The records of the other copies that are alive. */
  #others(): readonly (readonly [string, CopyRecord])[] {
    const own = copyFragment(this.#parts.config.copyName);
    const { fragmentsAlive, recordsBefore } = this.connector;
    const records = this.#records ?? recordsBefore;
    return [...records].filter(([name]) => name !== own && fragmentsAlive.includes(name));
  }

  /** All copies read one topic: what arrives is what all of them see arrive. */
  #learnRates(records: ReadonlyMap<string, CopyRecord>): void {
    const live = [...records].filter(([name]) => this.connector.fragmentsAlive.includes(name));
    for (const route of this.#parts.routes.all()) {
      const rates = live.map(([, { routes }]) => knownRate(routes[route.name]));
      route.learnRate(rates.reduce((sum, rate) => sum + rate, 0));
    }
  }

  #onBacklog(risk: RouteRisk): void {
    const before = this.#risks.get(risk.route)?.backlog.state;
    this.#risks.set(risk.route, risk);
    this.#setAlarms();
    // What is let go stands in a gap, of which everybody should know at once.
    if (before !== undefined && before !== risk.backlog.state) this.connector.beatSoon();
  }

  #onRejected(route: string, reason: string, { properties }: HubEvent): void {
    // An event about the alarm that this raises, rejected too, would raise it again.
    if (properties['source'] === this.connector.knownId) return;
    const rejections = new Map(this.#rejections.get(route));
    rejections.set(reason, (rejections.get(reason) ?? 0) + 1);
    this.#rejections.set(route, rejections);
    const { severity, text } = rejectedAlarm(route, rejections);
    this.alarms.raise(ALARM_TYPES.eventsRejected, severity, text);
  }

  /**
   * Any copy may see a topic grow; gaps are seen by all, and one of them tells. Only the leading copy sees that nobody
   * has a reason for an alarm any more.
   */
  #setAlarms(): void {
    const running = new Set(this.#parts.routes.all().map(({ name }) => name));
    const risks = [...this.#risks.values()].filter(({ route }) => running.has(route));
    this.#setAlarm(ALARM_TYPES.hubRefuses, refusedAlarm(risks), true);
    const growing = growingAlarm(risks);
    this.#setAlarm(ALARM_TYPES.backlogGrows, growing, this.#othersShare < GROWING_SHARE);
    const gap = this.connector.isLeading ? gapAlarm(this.gaps.status) : undefined;
    this.#setAlarm(ALARM_TYPES.gap, gap, !this.gaps.isAnyOpen);
  }

  #setAlarm(type: AlarmType, wanted: WantedAlarm | undefined, isOver: boolean): void {
    if (wanted !== undefined) this.alarms.raise(type, wanted.severity, wanted.text);
    else if (isOver && this.connector.isLeading && this.connector.hasBeaten) this.alarms.clear(type);
  }

  async #readPage(...[query, page, signal]: [...Parameters<ReadPage>, AbortSignal]): ReturnType<ReadPage> {
    try {
      const text = await readRecordPage(this.#service, query, page, signal);
      const { records, count } = readRecords(this.#parts.tenant, query.api, text);
      return { records, isFull: count >= PAGE_RECORDS };
    } catch (thrown) {
      if (thrown instanceof PlatformError && NOTHING.has(thrown.status))
        return { records: [], isFull: false };
      throw thrown;
    }
  }
}
