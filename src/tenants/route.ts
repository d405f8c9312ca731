/**
 * One way from a tenant to an event hub: a subscription, the consumer that reads it, the lanes that deliver it.
 * Here a notification can be followed from end to end: `#onFrame` reads, maps and admits it and gives it to its
 * lane; when the hub has accepted its batch, the lane settles it and the in-flight book acknowledges it.
 */
import { crc32 } from 'node:zlib';
import { withAbort } from '../abort.js';
import { wait } from '../backoff.js';
import type { PlatformClient } from '../cumulocity/platform-client.js';
import type { Api } from '../cumulocity/subscriptions.js';
import type { DeadLetters } from '../delivery/dead-letters.js';
import type { Outcome } from '../delivery/delivery.js';
import { InFlight, type InFlightLimits } from '../delivery/in-flight.js';
import { Lanes } from '../delivery/lanes.js';
import type { MemoryShare, MemoryShares } from '../delivery/memory-shares.js';
import type { HubPool, SharedHub } from '../destinations/azure-event-hubs/hub-pool.js';
import type { Log } from '../log.js';
import { mapNotification } from '../mapping/map-notification.js';
import type { Connection } from '../notifications/connection.js';
import { Consumer, type ConsumerState } from '../notifications/consumer.js';
import { type Notification, parseFrame } from '../notifications/frame.js';
import type { CaptureRules } from '../replay/captured.js';
import type { RouteRecord } from './copy-records.js';
import { deadLetterHub, deadLettersOf, replacementsOf } from './rejected-events.js';
import type { BacklogStatus } from './route-backlog.js';
import type { RouteCounts } from './route-counts.js';
import { RouteSafety, type SafetyNet } from './route-safety.js';
import { type HubFailure, RouteRecorder } from './route-status.js';
import type { RouteOptions } from './tenant-options.js';
import type { ForwardingTiming } from './timing.js';
import { REFUSED, type Topic } from './topic.js';

/** How a route is. */
export interface RouteStatus {
  readonly name: string;
  readonly hub: string;
  readonly consumer: { readonly state: ConsumerState; readonly reason: string | undefined };
  readonly destination: SharedHub['way'] & {
    readonly isOpen: boolean;
    /** How many partitions the hub has; 0 as long as it is not open. */
    readonly partitions: number;
    readonly failure: HubFailure | undefined;
  };
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
  /** Made for the route; it is told of a subscription that had to be made. */
  readonly makeTopic: (onMade: (since: number | undefined) => void) => Topic;
  readonly destination: SharedHub;
  readonly safety: SafetyNet;
  readonly memory: MemoryShares;
  /** Gives the connection to the dead-letter hub, when that is needed. */
  readonly hubs: HubPool;
  readonly timing: ForwardingTiming;
  readonly log: Log;
}

/** A topic from which nothing came for so long is empty. */
const IDLE_MS = 1000;
/** 25 MiB, all that a topic can keep, are through in much less. */
const CAUGHT_UP_MS = 60_000;

/** With more than this in flight, live traffic needs the way for itself. */
const BUSY_NOTIFICATIONS = 250;

/** See the head of this file. */
export class Route {
  readonly #parts: RouteParts;
  readonly #topic: Topic;
  readonly #safety: RouteSafety;
  readonly #recorder: RouteRecorder;
  readonly #memory: MemoryShare;
  readonly #inFlight: InFlight;
  readonly #deadLetters: DeadLetters | undefined;
  readonly #lanes: Lanes;
  readonly #consumer: Consumer;
  #options: RouteOptions;
  #destination: SharedHub;
  #undelivered = 0;
  #isHeld = false;
  #lastFrameAt = performance.now();
  #isStopping = false;

  constructor(parts: RouteParts) {
    const { options, destination, timing, log } = parts;
    this.#parts = parts;
    this.#options = options;
    this.#destination = destination;
    this.#recorder = new RouteRecorder(log);
    this.#memory = parts.memory.join();
    this.#inFlight = new InFlight(this.#limits(), (isFull) => {
      if (this.#isStopping || this.#isHeld) return;
      if (isFull) this.#consumer.pause();
      else this.#consumer.resume();
    });
    this.#topic = parts.makeTopic((since) => this.#safety.subscriptionMade(since));
    this.#safety = this.#makeSafety();
    this.#deadLetters = deadLettersOf(options, parts.hubs, timing);
    this.#lanes = new Lanes({
      destination,
      partitionBy: options.partitionBy,
      observer: this.#recorder,
      backoff: timing.hubBackoff,
      relief: this.#safety.relief,
      replacements: replacementsOf(options, this.#deadLetters),
      partitionWatch: timing.partitionWatch,
    });
    this.#consumer = new Consumer({
      prepare: (signal) => this.#topic.address(this.#options, signal),
      onOpen: () => this.#safety.connected(),
      onFrame: (frame, connection) => this.#onFrame(frame, connection),
      onLost: () => this.#onLost(),
      timing: timing.consumer,
      log,
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
    const { name, hub, apis } = this.#options;
    const { captured } = this.#topic;
    const refused = captured?.refused ?? [];
    return {
      name,
      hub: hub.hubName,
      consumer: { state: this.#consumer.state, reason: this.#consumer.lastFailure },
      destination: {
        ...this.#destination.way,
        isOpen: this.#lanes.isOpen,
        partitions: this.#lanes.partitionIds.length,
        failure: this.#recorder.failure,
      },
      apis: captured?.apis ?? apis,
      missing: refused.map((api) => ({ api, reason: REFUSED })),
      inFlight: this.#inFlight.usage,
      backlog: this.#safety.status,
      counts: structuredClone(this.#recorder.counts),
    };
  }

  /**
   * Begins to forward. The consumer does not wait for the hub: a topic keeps nothing before its first consumer.
   * @param isHeld connects, so that the topic keeps what comes, but reads nothing before `release`
   */
  start(isHeld = false): void {
    this.#isHeld = isHeld;
    if (isHeld) this.#consumer.pause();
    this.#lanes.start();
    this.#safety.start();
    this.#consumer.start();
  }

  /** What a later run has to know of the topic. */
  get record(): RouteRecord {
    return this.#safety.record;
  }

  /** Takes over what all copies of the service together have seen arrive, in bytes per second. */
  learnRate(bytesPerSecond: number): void {
    this.#safety.learnRate(bytesPerSecond);
  }

  /** Whether live traffic needs the way to the hub for itself. */
  get isBusy(): boolean {
    const { notifications } = this.#inFlight.usage;
    return (
      this.#isStopping ||
      this.#lanes.isStuck ||
      this.#safety.relief.isOn ||
      notifications > BUSY_NOTIFICATIONS
    );
  }

  /**
   * Sends a notification that was read over REST.
   * @param settle called once with the outcome
   */
  replay(notification: Notification, settle: (outcome: Outcome) => void): void {
    const { event } = mapNotification(notification, this.#options.format, this.#topic.name, true);
    this.#lanes.enqueue({ event, settle });
  }

  /** Reads what the topic has kept while the route was held. */
  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    if (!this.#inFlight.usage.isFull) this.#consumer.resume();
  }

  /** Whether the topic keeps what comes. */
  get isOpen(): boolean {
    return this.#consumer.state === 'open';
  }

  /**
   * Whether all that stood in the topic some time ago is in the hub: nothing is under way and nothing came lately,
   * or the hub has been taking everything for longer than a backlog can last.
   * @param sinceMs how long the other topics have been keeping what comes, in milliseconds
   */
  isCaughtUp(sinceMs: number): boolean {
    const isIdle =
      this.#inFlight.usage.notifications === 0 && performance.now() - this.#lastFrameAt > IDLE_MS;
    const isHealthy = this.isOpen && this.#recorder.failure === undefined;
    return isHealthy && (isIdle || sinceMs > CAUGHT_UP_MS);
  }

  /** Takes over new credentials of the service user: connects anew with a token made with them. */
  async useService(service: PlatformClient): Promise<void> {
    this.#topic.useService(service);
    await this.#consumer.reconnect();
  }

  /**
   * Takes over another way into the same hub, such as a new key: opens it, which proves it, and switches only then.
   * Nothing is lost, repeated or reordered; what is with the hub finishes on the way before.
   * @param options the new options, which differ in nothing but that
   * @param destination the new way; the route's to close if this succeeds, the caller's if not
   * @throws SendError when the new way does not lead into the hub; the one before stays in use
   */
  async useHub(options: RouteOptions, destination: SharedHub, signal: AbortSignal): Promise<void> {
    const partitionIds = await destination.open(signal);
    const before = this.#destination;
    this.#options = options;
    this.#destination = destination;
    await this.#lanes.use(destination, partitionIds);
    const connect = deadLetterHub(options, this.#parts.hubs);
    if (connect !== undefined) await this.#deadLetters?.use(connect);
    await before.close();
    this.#parts.log.info('connected anew to the event hub', destination.way);
  }

  /**
   * Stops in order: reads no more, sends what was read, acknowledges, closes.
   * @param drainMs how long to wait for the hub, in milliseconds; what is left then comes again
   */
  async stop(drainMs: number): Promise<void> {
    await this.drain(drainMs);
    await this.#consumer.stop();
    await this.#close();
  }

  /**
   * Like `stop`, and removes the consumer with its backlog, and the subscription: nothing piles up in the tenant
   * any more, which would make the writes of its devices fail in the end.
   * @returns whether the platform has confirmed that both are gone; over the open connection it confirms nothing
   */
  async remove(drainMs: number): Promise<boolean> {
    await this.drain(drainMs);
    // Whoever connects makes sure that there is a subscription.
    await this.#consumer.connectNoMore();
    // Best done while connected: some platforms refuse it for a topic that nobody reads. Where the service user is
    // gone with its tenant, the open connection needs none.
    const isRemoved = await this.#topic.remove();
    if (isRemoved) await this.#consumer.stop();
    else await this.#consumer.unsubscribe();
    await this.#close();
    return isRemoved;
  }

  /**
   * Reads no more and sends what was read; the connection stays, for acknowledgements and for a removal.
   * @param drainMs how long to wait for the hub, in milliseconds
   * @param cut ends the wait at once
   */
  async drain(drainMs: number, cut?: AbortSignal): Promise<void> {
    // Who has drained already, and then stops or removes, finds nothing left to wait for.
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#consumer.pause();
    await withAbort(cut, async (drained) => {
      void this.#lanes.drained().then(() => drained.abort());
      await wait(drainMs, drained.signal);
    });
    await this.#safety.stop();
    this.#undelivered = this.#inFlight.usage.notifications;
    this.#lanes.abort();
  }

  #limits(): InFlightLimits {
    const { notifications, remembered } = this.#parts.timing.inFlight;
    const share = this.#memory;
    return {
      notifications,
      remembered,
      get bytes() {
        return share.bytes;
      },
    };
  }

  async #close(): Promise<void> {
    this.#memory.leave();
    await this.#destination.close();
    await this.#deadLetters?.close();
    const undelivered = this.#undelivered;
    const left = undelivered === 0 ? {} : { undelivered, note: 'they come again' };
    this.#parts.log.info('route stopped', { ...this.#recorder.counts, ...left });
  }

  #makeSafety(): RouteSafety {
    const { options, safety, timing, log } = this.#parts;
    return new RouteSafety({
      options,
      topic: this.#topic.name,
      tenant: safety,
      facts: () => ({
        isOpen: this.isOpen,
        isPaused: this.#isHeld || this.#inFlight.usage.isFull,
        ...this.#inFlight.usage,
        oldestMs: this.#inFlight.oldestMs,
      }),
      hub: {
        isStuck: () => this.#lanes.isStuck,
        accepted: () => this.#recorder.counts.sent,
      },
      relieve: () => this.#lanes.relieve(),
      checkSubscription: (signal) => this.#topic.check(this.#options, signal),
      timing,
      log,
    });
  }

  /** What was read and not sent yet comes again, in order; what is under way finishes. */
  #onLost(): void {
    this.#inFlight.connectionLost();
    this.#lanes.dropUnsent();
  }

  #onFrame(frame: Buffer, connection: Connection): void {
    // What is read after stop began is left unacknowledged: it comes again.
    if (this.#isStopping) return;
    const { format } = this.#options;
    this.#safety.received(frame.length);
    this.#recorder.counts.received++;
    this.#lastFrameAt = performance.now();
    const notification = parseFrame(frame);
    const { event, isUnique } = mapNotification(notification, format, this.#topic.name);
    // Two updates of an object can share a time, so a copy has to have the same bytes as well as the same id.
    const key = `${event.messageId}${crc32(notification.body)}`;
    const receipt = { channel: connection, ackId: notification.ackId };
    const delivery = this.#inFlight.admit({ key, isUnique }, event, receipt);
    if (delivery === undefined) this.#recorder.counts.repeated++;
    else this.#lanes.enqueue(delivery);
  }
}
