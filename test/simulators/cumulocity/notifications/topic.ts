import { Subscriber } from './subscriber.js';

/** One notification kept in a topic. Stored once, however many subscribers still have to acknowledge it. */
export interface Entry {
  /** Place in the topic, from 1. */
  readonly sequence: number;
  /** Id of the managed object it is about; shared consumers are split by it. */
  readonly source: string;
  /** The frame without its ack id. */
  readonly tail: Buffer;
  readonly publishedAtMs: number;
  /** Subscribers that have not acknowledged it. */
  holders: number;
}

/** Limits of a topic. */
export interface TopicLimits {
  readonly backlogQuotaBytes: number;
  readonly messageTtlMs: number;
  readonly windowSize: number;
}

/** Called with the sequences that a removed subscriber had not acknowledged. */
export type OnDiscarded = (subscriber: string, sequences: readonly number[]) => void;

/** What became of a notification: kept, not wanted by anyone, or refused because the backlog is full. */
export type PublishResult = 'retained' | 'unread' | 'refused';

/**
 * A Notification 2.0 topic: all subscriptions of one name (and one `nonPersistent` flag) feed it in one order.
 * It retains from the first connect of a subscriber on.
 */
export class Topic {
  readonly name: string;
  readonly persistent: boolean;
  readonly limits: TopicLimits;
  /** Durable consumers by subscriber name. */
  readonly subscribers = new Map<string, Subscriber>();
  /** Bytes that at least one subscriber has not acknowledged. */
  backlogBytes = 0;
  /** Notifications that at least one subscriber has not acknowledged. */
  unacknowledged = 0;
  /** Sequence of the last notification. */
  sequence = 0;
  readonly #onDiscarded: OnDiscarded;

  /** @param onDiscarded called when a subscriber is removed */
  constructor(name: string, persistent: boolean, limits: TopicLimits, onDiscarded: OnDiscarded) {
    this.name = name;
    this.persistent = persistent;
    this.limits = limits;
    this.#onDiscarded = onDiscarded;
  }

  /** Whether anyone would get a notification published now. */
  get isRead(): boolean {
    if (this.persistent) return this.subscribers.size > 0;
    for (const subscriber of this.subscribers.values()) if (subscriber.consumers.length > 0) return true;
    return false;
  }

  /**
   * Puts a notification behind the others.
   *
   * @returns 'refused' when it would exceed the backlog quota; publishing then fails for the whole topic
   */
  publish(source: string, tail: Buffer): PublishResult {
    const now = Date.now();
    this.expire(now);
    if (!this.isRead) return 'unread';
    if (this.backlogBytes + tail.length > this.limits.backlogQuotaBytes) {
      // Memory is no backlog: a slow reader of a non-persistent topic misses something, publishers never fail.
      return this.persistent ? 'refused' : 'unread';
    }
    const entry: Entry = { sequence: ++this.sequence, source, tail, publishedAtMs: now, holders: 0 };
    for (const subscriber of this.subscribers.values()) {
      // A non-persistent topic lives in memory: who is away misses it.
      if (!this.persistent && subscriber.consumers.length === 0) continue;
      entry.holders++;
      subscriber.add(entry);
    }
    this.backlogBytes += tail.length;
    this.unacknowledged++;
    return 'retained';
  }

  /** Records that one subscriber is done with the entry. */
  release(entry: Entry): void {
    if (--entry.holders > 0) return;
    this.backlogBytes -= entry.tail.length;
    this.unacknowledged--;
  }

  /** The subscriber of that name, made when it is the first time. */
  subscriber(name: string): Subscriber {
    let found = this.subscribers.get(name);
    if (found === undefined) {
      found = new Subscriber(this, name);
      this.subscribers.set(name, found);
    }
    return found;
  }

  /**
   * Deletes a subscriber with its backlog and closes its sockets.
   *
   * @returns false when there is none of that name
   */
  unsubscribe(name: string): boolean {
    const found = this.subscribers.get(name);
    if (found === undefined) return false;
    this.subscribers.delete(name);
    this.#onDiscarded(name, found.discard());
    return true;
  }

  /** Silently drops what is older than the time to live. */
  expire(now = Date.now()): void {
    const limit = now - this.limits.messageTtlMs;
    for (const subscriber of this.subscribers.values()) subscriber.dropOlderThan(limit);
  }
}
