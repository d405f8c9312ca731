import { Deque } from '../deque.js';
import type { Consumer } from './consumer.js';
import { preferredConsumer } from './source-split.js';
import type { Entry, Topic } from './topic.js';

/** The place of one notification in the backlog of one subscriber. */
export interface Slot {
  /** Undefined once acknowledged or expired. */
  entry: Entry | undefined;
  readonly source: string;
  /** Consumer that has it unacknowledged on its socket. */
  consumer: Consumer | undefined;
  /** Ack id it was sent with last. */
  ackId: string;
}

/** Consumer that holds unacknowledged notifications of a source, and how many. */
interface SourceHold {
  consumer: Consumer;
  count: number;
}

/**
 * A durable Notification 2.0 consumer, named by the `subscriber` of its token. Its backlog keeps the order of the
 * topic; whatever is not acknowledged is delivered again, in that order, to the next socket.
 */
export class Subscriber {
  readonly topic: Topic;
  readonly name: string;
  /** Connected sockets; more than one only when shared. */
  consumers: Consumer[] = [];
  shared = false;
  /** Until then a new exclusive consumer is refused: the platform has not noticed the dead socket yet. */
  blockedUntilMs = 0;
  readonly #backlog = new Deque<Slot>();
  readonly #holds = new Map<string, SourceHold>();
  readonly #preferred = new Map<string, Consumer>();

  constructor(topic: Topic, name: string) {
    this.topic = topic;
    this.name = name;
  }

  /** Whether a consumer may connect now; false answers 409. */
  accepts(shared: boolean): boolean {
    if (this.consumers.length > 0) return shared && this.shared;
    return shared || Date.now() >= this.blockedUntilMs;
  }

  /** Takes a notification into the backlog and on to the consumer that is to get it. */
  add(entry: Entry): void {
    const slot: Slot = { entry, source: entry.source, consumer: undefined, ackId: '' };
    this.#backlog.push(slot);
    this.#consumerFor(slot.source)?.enqueue(slot);
  }

  /** Adds a connected socket and shares out the backlog anew. */
  attach(consumer: Consumer): void {
    this.consumers.push(consumer);
    this.#shareOut();
  }

  /** Removes a socket; what it had not acknowledged goes to the others, or waits for the next. */
  detach(consumer: Consumer): void {
    const before = this.consumers.length;
    this.consumers = this.consumers.filter((other) => other !== consumer);
    if (this.consumers.length === before) return;
    for (const slot of consumer.takeUnacknowledged()) slot.consumer = undefined;
    for (const [source, hold] of this.#holds) if (hold.consumer === consumer) this.#holds.delete(source);
    if (!this.topic.persistent && this.consumers.length === 0) this.#releaseAll();
    this.#shareOut();
  }

  /** Whether the slot may go to that consumer: one source is with one consumer at a time. */
  mayDeliver(slot: Slot, consumer: Consumer): boolean {
    const hold = this.#holds.get(slot.source);
    return hold === undefined || hold.consumer === consumer;
  }

  /** Notes that the slot is on the consumer's socket. */
  delivered(slot: Slot, consumer: Consumer): void {
    slot.consumer = consumer;
    if (!this.shared) return;
    const hold = this.#holds.get(slot.source);
    if (hold === undefined) this.#holds.set(slot.source, { consumer, count: 1 });
    else hold.count++;
  }

  /** Notes that the slot needs no delivery any more. */
  settle(slot: Slot): void {
    if (slot.entry === undefined) return;
    this.topic.release(slot.entry);
    slot.entry = undefined;
    if (this.shared && slot.consumer !== undefined) this.#letGo(slot.source);
    slot.consumer = undefined;
    while (this.#backlog.length > 0 && this.#backlog.peek()?.entry === undefined) this.#backlog.shift();
  }

  /** Drops what was published before that time. */
  dropOlderThan(limitMs: number): void {
    for (let slot = this.#backlog.peek(); slot?.entry !== undefined; slot = this.#backlog.peek()) {
      if (slot.entry.publishedAtMs > limitMs) return;
      slot.consumer?.forget(slot);
      this.settle(slot);
    }
  }

  /**
   * Gives up the whole backlog and closes the sockets.
   *
   * @returns the sequences of what is given up
   */
  discard(): readonly number[] {
    const open = this.consumers;
    this.consumers = [];
    const sequences = [...this.#backlog].flatMap(({ entry }) => entry?.sequence ?? []);
    this.#releaseAll();
    for (const consumer of open) consumer.close();
    return sequences;
  }

  #letGo(source: string): void {
    const hold = this.#holds.get(source);
    if (hold === undefined || --hold.count > 0) return;
    this.#holds.delete(source);
    // After a change of members another consumer may have waited for this source to come free.
    for (const consumer of this.consumers) consumer.schedule();
  }

  #consumerFor(source: string): Consumer | undefined {
    if (this.consumers.length < 2) return this.consumers[0];
    let chosen = this.#preferred.get(source);
    if (chosen === undefined) {
      chosen = preferredConsumer(source, this.consumers);
      this.#preferred.set(source, chosen);
    }
    return chosen;
  }

  #shareOut(): void {
    this.#preferred.clear();
    for (const consumer of this.consumers) consumer.clearQueue();
    if (this.consumers.length === 0) return;
    for (const slot of this.#backlog) {
      if (slot.entry === undefined || slot.consumer !== undefined) continue;
      this.#consumerFor(slot.source)?.enqueue(slot);
    }
  }

  #releaseAll(): void {
    for (const slot of this.#backlog) {
      if (slot.entry !== undefined) this.topic.release(slot.entry);
      slot.entry = undefined;
    }
    this.#backlog.clear();
    this.#holds.clear();
  }
}
