/**
 * A route's side towards Cumulocity: the topic, the consumer that reads it, and the book of what was read and is not
 * acknowledged yet, whose budget pauses the consumer.
 */
import type { BacklogFacts } from '../backlog/backlog.js';
import type { PlatformClient } from '../cumulocity/platform-client.js';
import type { Captured } from '../cumulocity/subscriptions.js';
import type { Delivery } from '../delivery/delivery.js';
import { type Identity, InFlight, type Receipt } from '../delivery/in-flight.js';
import type { MemoryShare, MemoryShares } from '../delivery/memory-shares.js';
import type { Log } from '../log.js';
import type { HubEvent } from '../mapping/hub-event.js';
import type { OnFrame } from '../notifications/connection.js';
import { Consumer, type ConsumerState } from '../notifications/consumer.js';
import type { RouteOptions } from './tenant-options.js';
import type { ForwardingTiming } from './timing.js';
import type { Topic } from './topic.js';

/** What the side towards Cumulocity is made of. */
export interface TopicSideParts {
  /** As they are now. */
  readonly options: () => RouteOptions;
  readonly topic: Topic;
  readonly memory: MemoryShares;
  readonly onFrame: OnFrame;
  /** Called when the topic can be read. */
  readonly onOpen: () => void;
  /** Called when the connection is gone: what was read and not sent yet comes again. */
  readonly onLost: () => void;
  readonly timing: ForwardingTiming;
  readonly log: Log;
}

/** A topic from which nothing came for so long is empty. */
const IDLE_MS = 1000;

/** See the head of this file. */
export class TopicSide {
  readonly #parts: TopicSideParts;
  readonly #memory: MemoryShare;
  readonly #inFlight: InFlight;
  readonly #consumer: Consumer;
  #isClosing = false;
  #onLost: () => void = () => undefined;
  #lastFrameAt = performance.now();

  constructor(parts: TopicSideParts) {
    this.#parts = parts;
    const { topic, options, timing, log } = parts;
    this.#memory = parts.memory.join();
    this.#inFlight = this.#makeInFlight();
    this.#consumer = new Consumer({
      prepare: (signal) => topic.address(options(), signal),
      onOpen: parts.onOpen,
      onFrame: (frame, connection) => {
        this.#lastFrameAt = performance.now();
        // What is read after stop began is left unacknowledged: it comes again.
        if (!this.#isClosing) parts.onFrame(frame, connection);
      },
      onLost: () => {
        this.#inFlight.connectionLost();
        parts.onLost();
        this.#onLost();
      },
      timing: timing.consumer,
      log,
    });
  }

  /** Whether the topic keeps what comes. */
  get isOpen(): boolean {
    return this.#consumer.state === 'open';
  }

  /** Whether nothing is under way, and nothing came lately. */
  get isIdle(): boolean {
    return this.usage.notifications === 0 && performance.now() - this.#lastFrameAt > IDLE_MS;
  }

  get usage(): InFlight['usage'] {
    return this.#inFlight.usage;
  }

  /** What the estimate of the backlog is made of. */
  get facts(): BacklogFacts {
    const { isFull, ...usage } = this.usage;
    return {
      isOpen: this.isOpen,
      isPaused: isFull,
      ...usage,
      oldestMs: this.#inFlight.oldestMs,
    };
  }

  get consumer(): { readonly state: ConsumerState; readonly reason: string | undefined } {
    return { state: this.#consumer.state, reason: this.#consumer.lastFailure };
  }

  /** What is captured; `undefined` before the first connection. */
  get captured(): Captured | undefined {
    return this.#parts.topic.captured;
  }

  /** When the subscription was last known to be there; see `Topic.knownAt`. */
  get subscribedAt(): number | undefined {
    return this.#parts.topic.knownAt;
  }

  get topicName(): string {
    return this.#parts.topic.name;
  }

  /** Begins to read. */
  start(): void {
    this.#consumer.start();
  }

  /** Takes in a notification; see `InFlight.admit`. */
  admit(identity: Identity, event: HubEvent, receipt: Receipt): Delivery | undefined {
    return this.#inFlight.admit(identity, event, receipt);
  }

  /** Looks whether the subscription is there; see `Topic.check`. */
  check(signal: AbortSignal): Promise<void> {
    return this.#parts.topic.check(this.#parts.options(), signal);
  }

  /** Takes over new credentials of the service user: connects anew with a token made with them. */
  async useService(service: PlatformClient): Promise<void> {
    this.#parts.topic.useService(service);
    await this.#consumer.reconnect();
  }

  /** Has everything come again that is not acknowledged. */
  readAgain(): Promise<void> {
    return this.#consumer.reconnect();
  }

  /** Reads no more; the connection stays, for acknowledgements and for a removal. */
  readNoMore(): void {
    this.#isClosing = true;
    this.#consumer.pause();
  }

  /**
   * The same, but goes on reading what is not taken in: who does not read never learns that the connection is gone.
   * @param onLost called when it is: nothing can be acknowledged any more, and everything comes again
   */
  takeInNoMore(onLost: () => void): void {
    this.#isClosing = true;
    this.#onLost = onLost;
    this.#consumer.resume();
  }

  /** Closes the connection in order; the subscriber and its backlog stay. */
  async stop(): Promise<void> {
    await this.#consumer.stop();
    this.#memory.leave();
  }

  /**
   * Closes the connection, and removes the subscriber with its backlog, and the subscription.
   * @param isStillWanted asked before the open connection is used, which is good whoever the subscriber belongs to by
   *   then; without a "yes" the subscriber stays
   * @returns whether the platform has confirmed that both are gone; over the open connection it confirms nothing
   */
  async remove(isStillWanted: () => Promise<boolean>): Promise<boolean> {
    // Whoever connects makes sure that there is a subscription.
    await this.#consumer.connectNoMore();
    // Best done while connected: some platforms refuse it for a topic that nobody reads. Where the service user is
    // gone with its tenant, the open connection needs none.
    const isRemoved = await this.#parts.topic.remove();
    if (!isRemoved && (await isStillWanted())) await this.#consumer.unsubscribe();
    else await this.#consumer.stop();
    this.#memory.leave();
    return isRemoved;
  }

  #makeInFlight(): InFlight {
    const { notifications, remembered } = this.#parts.timing.inFlight;
    const memory = this.#memory;
    const limits = {
      notifications,
      remembered,
      get bytes() {
        return memory.bytes;
      },
    };
    return new InFlight(limits, (isFull) => {
      if (this.#isClosing) return;
      if (isFull) this.#consumer.pause();
      else this.#consumer.resume();
    });
  }
}
