/**
 * What the local Cumulocity tells those who run it, and a platform never would: which notifications were kept,
 * given up with their subscriber, or missed for want of a subscription or subscriber.
 */

/** A notification that was kept in a topic, so that a consumer must get it. */
export interface PublishedNotification {
  tenant: string;
  /** Name of the topic. */
  topic: string;
  /** Description line. */
  channel: string;
  action: string;
  body: string;
  /** Place in the topic, from 1. */
  sequence: number;
}

/** The backlog of a subscriber that was removed. */
export interface DiscardedBacklog {
  readonly tenant: string;
  readonly topic: string;
  readonly subscriber: string;
  /** Places in the topic of the notifications that it had not acknowledged. */
  readonly sequences: readonly number[];
}

/** A change that a topic did not get, and would have kept otherwise. */
export interface MissedNotification extends Readonly<Omit<PublishedNotification, 'sequence'>> {
  /**
   * `deleted`: it has subscribers, but the subscription that covered the change was deleted and not made again.
   * `unread`: it has no subscriber (yet, or any more), so it keeps nothing.
   */
  readonly reason: 'deleted' | 'unread';
}

/** One kind of report and those who listen to it. */
export class Hook<T> {
  readonly #listeners = new Set<(report: T) => void>();

  /** Whether anybody listens. */
  get isHeard(): boolean {
    return this.#listeners.size > 0;
  }

  /**
   * Calls the listener for every report, in order.
   *
   * @returns ends it
   */
  on(listener: (report: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells everybody who listens. */
  tell(report: T): void {
    for (const listener of this.#listeners) listener(report);
  }
}

/** All kinds of reports. */
export class Reports {
  readonly published = new Hook<PublishedNotification>();
  readonly discarded = new Hook<DiscardedBacklog>();
  readonly missed = new Hook<MissedNotification>();
}
