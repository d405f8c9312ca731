/**
 * One way from a tenant to an event hub. It has two sides: the topic that is read (`TopicSide`) and the hub that is
 * sent to (`HubSide`). Here a notification can be followed from one to the other: `#onFrame` reads, maps and admits it
 * and gives it to its lane; when the hub has accepted its batch, the lane settles it and the in-flight book
 * acknowledges it.
 */
import { crc32 } from 'node:zlib';
import { withAbort } from '../abort.js';
import { wait } from '../backoff.js';
import type { PlatformClient } from '../cumulocity/platform-client.js';
import type { Api } from '../cumulocity/subscriptions.js';
import type { Outcome } from '../delivery/delivery.js';
import type { InFlight } from '../delivery/in-flight.js';
import type { MemoryShares } from '../delivery/memory-shares.js';
import type { HubPool, SharedHub } from '../destinations/hub-pool.js';
import type { Log } from '../log.js';
import { mapNotification } from '../mapping/map-notification.js';
import type { Connection } from '../notifications/connection.js';
import { type Notification, parseFrame } from '../notifications/frame.js';
import type { CaptureRules } from '../replay/captured.js';
import type { RouteRecord } from './copy-records.js';
import { HubSide, type HubSideStatus } from './hub-side.js';
import type { BacklogStatus } from './route-backlog.js';
import type { RouteCounts } from './route-counts.js';
import { RouteSafety, type SafetyNet } from './route-safety.js';
import type { RouteOptions } from './tenant-options.js';
import type { ForwardingTiming } from './timing.js';
import { REFUSED, type Topic, type TopicParts } from './topic.js';
import { TopicSide } from './topic-side.js';

/** How a route is. */
export interface RouteStatus {
  readonly name: string;
  readonly hub: string;
  readonly consumer: TopicSide['consumer'];
  readonly destination: HubSideStatus;
  readonly apis: readonly Api[];
  /** What the platform does not deliver although it was asked for, and why. */
  readonly missing: readonly { readonly api: Api; readonly reason: string }[];
  readonly inFlight: InFlight['usage'];
  readonly backlog: BacklogStatus;
  readonly counts: Readonly<RouteCounts>;
}

/** What a route is made of. */
export interface RouteParts {
  readonly options: RouteOptions;
  /** Made for the route, which is told of a subscription that has to be made. */
  readonly makeTopic: (onMaking: TopicParts['onMaking']) => Topic;
  readonly destination: SharedHub;
  readonly safety: SafetyNet;
  readonly memory: MemoryShares;
  /** Gives the connection to the dead-letter hub, when that is needed. */
  readonly hubs: HubPool;
  readonly timing: ForwardingTiming;
  readonly log: Log;
}

/** With more than this in flight, live traffic needs the way for itself. */
const BUSY_NOTIFICATIONS = 250;

/** See the head of this file. */
export class Route {
  readonly #log: Log;
  readonly #topic: TopicSide;
  readonly #hub: HubSide;
  readonly #safety: RouteSafety;
  #options: RouteOptions;
  #undelivered = 0;
  #isStopping = false;
  #isHeld = false;

  constructor(parts: RouteParts) {
    const { options, memory, timing, log } = parts;
    this.#log = log;
    this.#options = options;
    this.#topic = new TopicSide({
      ...{ memory, timing, log },
      options: () => this.#options,
      topic: parts.makeTopic((since, signal) => this.#safety.makingSubscription(since, signal)),
      onFrame: (frame, connection) => this.#onFrame(frame, connection),
      onOpen: () => this.#safety.connected(),
      onLost: () => this.#hub.dropUnsent(),
    });
    this.#safety = this.#makeSafety(parts);
    this.#hub = new HubSide({
      ...{ options, timing, log },
      destination: parts.destination,
      hubs: parts.hubs,
      relief: this.#safety.relief,
      onRejected: (reason, event) => parts.safety.onRejected(options.name, reason, event),
    });
  }

  get options(): RouteOptions {
    return this.#options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** What its subscription lets through. */
  get rules(): CaptureRules {
    const { typeFilter, fragmentsToCopy } = this.#options;
    return { apis: this.#topic.captured?.apis ?? this.#options.apis, typeFilter, fragmentsToCopy };
  }

  get status(): RouteStatus {
    const refused = this.#topic.captured?.refused ?? [];
    return {
      name: this.name,
      hub: this.#options.hub.hubName,
      consumer: this.#topic.consumer,
      destination: this.#hub.status,
      apis: this.#topic.captured?.apis ?? this.#options.apis,
      missing: refused.map((api) => ({ api, reason: REFUSED })),
      inFlight: this.#topic.usage,
      backlog: this.#safety.status,
      counts: structuredClone(this.#hub.counts),
    };
  }

  /** What a later run has to know of the topic. */
  get record(): RouteRecord {
    return this.#safety.record;
  }

  /** See `RouteBacklog.keepsOpen`. */
  keepsOpen(gapId: string): boolean {
    return this.#safety.keepsOpen(gapId);
  }

  /** Whether the topic keeps what comes. */
  get isOpen(): boolean {
    return this.#topic.isOpen;
  }

  /** Whether live traffic needs the way to the hub for itself. */
  get isBusy(): boolean {
    const isTroubled = this.#isStopping || this.#hub.isStuck || this.#safety.relief.isOn;
    return isTroubled || this.#topic.usage.notifications > BUSY_NOTIFICATIONS;
  }

  /**
   * Whether all that stood in the topic some time ago is in the hub.
   * @param sinceMs how long the other topics have been keeping what comes, in milliseconds
   */
  isCaughtUp(sinceMs: number): boolean {
    const { state, ageMs } = this.#safety.status;
    if (!this.isOpen || state !== 'watching') return false;
    return this.#topic.isIdle || ageMs < sinceMs;
  }

  /**
   * Begins to forward. The topic does not wait for the hub: it keeps nothing before its first consumer.
   * @param isHeld sends nothing before `release`; reads all the same, so that its backlog is known and can be relieved
   */
  start(isHeld = false): void {
    this.#isHeld = isHeld;
    if (!isHeld) this.#hub.start();
    this.#safety.start();
    this.#topic.start();
  }

  /** Sends from now on, if the route was held. */
  release(): void {
    this.#isHeld = false;
    this.#hub.start();
  }

  /** Whether nothing is sent yet. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Takes over what all copies of the service together have seen arrive, in bytes per second. */
  learnRate(bytesPerSecond: number): void {
    this.#safety.learnRate(bytesPerSecond);
  }

  /**
   * Sends a notification that was read over REST.
   * @param settle called once with the outcome
   */
  replay(notification: Notification, settle: (outcome: Outcome) => void): void {
    const { event } = mapNotification(notification, this.#options.format, this.#topic.topicName, true);
    this.#hub.enqueue({ event, settle });
  }

  /** Takes over new credentials of the service user: connects anew with a token made with them. */
  async useService(service: PlatformClient): Promise<void> {
    await this.#topic.useService(service);
  }

  /** Takes over another way into the same hub; see `HubSide.use`. */
  async useHub(options: RouteOptions, destination: SharedHub, signal: AbortSignal): Promise<void> {
    await this.#hub.use(options, destination, signal);
    this.#options = options;
  }

  /**
   * Stops in order: takes in no more, sends what was read, acknowledges, closes. When the connection is gone there is
   * nothing to be acknowledged over: whoever reads the topic next gets all of it.
   * @param drainMs how long to wait for the hub, in milliseconds; what is left then comes again
   */
  async stop(drainMs: number): Promise<void> {
    await this.#drain(drainMs, (drained) => this.#topic.takeInNoMore(() => drained.abort()));
    await Promise.all([this.#topic.stop(), this.#hub.close()]);
    this.#hasStopped();
  }

  /**
   * Like `stop`, and removes the subscriber with its backlog, and the subscription: nothing piles up in the tenant
   * any more, which would make the writes of its devices fail in the end.
   * @param isStillWanted see `TopicSide.remove`
   * @returns whether the platform has confirmed that both are gone
   */
  async remove(drainMs: number, isStillWanted: () => Promise<boolean> = async () => true): Promise<boolean> {
    await this.drain(drainMs);
    const isRemoved = await this.#topic.remove(isStillWanted);
    await this.#hub.close();
    this.#hasStopped();
    return isRemoved;
  }

  /**
   * Reads no more and sends what was read; the connection stays, for acknowledgements and for a removal.
   * @param drainMs how long to wait for the hub, in milliseconds
   * @param cut ends the wait at once
   */
  drain(drainMs: number, cut?: AbortSignal): Promise<void> {
    return this.#drain(drainMs, () => this.#topic.readNoMore(), cut);
  }

  /** @param begin is given what ends the wait */
  async #drain(drainMs: number, begin: (drained: AbortController) => void, cut?: AbortSignal): Promise<void> {
    // Who has drained already, and then stops or removes, finds nothing left to wait for.
    if (this.#isStopping) return;
    this.#isStopping = true;
    await withAbort(cut, async (drained) => {
      begin(drained);
      void this.#hub.drained().then(() => drained.abort());
      await wait(drainMs, drained.signal);
    });
    await this.#safety.stop();
    this.#undelivered = this.#topic.usage.notifications;
    this.#hub.abort();
  }

  #hasStopped(): void {
    const undelivered = this.#undelivered;
    const left = undelivered === 0 ? {} : { undelivered, note: 'they come again' };
    this.#log.info('route stopped', { ...this.#hub.counts, ...left });
  }

  #makeSafety({ options, safety, timing, log }: RouteParts): RouteSafety {
    return new RouteSafety({
      ...{ options, timing, log },
      topic: this.#topic.topicName,
      tenant: safety,
      facts: () => this.#topic.facts,
      hub: {
        isStuck: () => this.#hub.isStuck,
        accepted: () => this.#hub.counts.sent,
        refusal: () => this.#hub.refusal,
      },
      relieve: () => this.#hub.relieve(),
      readAgain: () => void this.#topic.readAgain(),
      checkSubscription: (signal) => this.#topic.check(signal),
      subscribedAt: () => this.#topic.subscribedAt,
    });
  }

  #onFrame(frame: Buffer, connection: Connection): void {
    this.#safety.received(frame.length);
    this.#hub.counts.received++;
    const notification = parseFrame(frame);
    const { event, isUnique } = mapNotification(notification, this.#options.format, this.#topic.topicName);
    // Two updates of an object can share a time, so a copy has to have the same bytes as well as the same id.
    const key = `${event.messageId}${crc32(notification.body)}`;
    const receipt = { channel: connection, ackId: notification.ackId };
    const delivery = this.#topic.admit({ key, isUnique }, event, receipt);
    if (delivery === undefined) this.#hub.counts.repeated++;
    else this.#hub.enqueue(delivery);
  }
}
