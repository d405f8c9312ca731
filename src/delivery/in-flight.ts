/**
 * Everything that was read from Cumulocity and is not acknowledged yet: the budget that bounds it, and the
 * memory that keeps a redelivered notification from being sent twice.
 *
 * A notification comes again when the connection is lost before its acknowledgement has arrived (or, on older
 * platforms, after a while on the same connection), with another ack id. Its key tells it from others. If its
 * first copy is still under way, the new copy waits for the same outcome; if it was delivered, the new copy is
 * acknowledged at once. Only what was delivered is ever remembered as delivered.
 *
 * Where a key is not unique (an object that comes back to an earlier content), an equal notification is news, and
 * sent, unless it must be a copy: it comes after a reconnect, and the one before was with the hub when the
 * connection was lost. Rather a repeat than a loss.
 */
import type { HubEvent } from '../mapping/hub-event.js';
import type { Delivery, Outcome } from './delivery.js';

/** The connection that a notification came on: an acknowledgement means nothing on any other. */
export interface AckChannel {
  /** Sends the acknowledgement, unless the connection is gone. */
  acknowledge(ackId: string): void;
}

/** Where and how one copy of a notification is acknowledged. */
export interface Receipt {
  readonly channel: AckChannel;
  readonly ackId: string;
}

/** The limits of one tenant's part of the process. */
export interface InFlightLimits {
  readonly notifications: number;
  readonly bytes: number;
  /**
   * How many delivered notifications are remembered. Cumulocity has at most its window (1000) of unacknowledged
   * notifications outstanding, so more than that can never come again.
   */
  readonly remembered: number;
}

/** Reading goes on again when this part of a full budget is free: no switching to and fro at the limit. */
const RESUME_BELOW = 0.75;

/** How a notification is recognised. */
export interface Identity {
  /** Equal for the copies of one notification. */
  readonly key: string;
  /** Whether no other notification can have this key. */
  readonly isUnique: boolean;
}

/** Of the copies that come again on one connection, only the latest are worth an acknowledgement. */
const RECEIPTS_KEPT = 4;

interface Entry {
  readonly key: string;
  readonly isUnique: boolean;
  readonly bytes: number;
  /** When it was read, on the clock of `performance.now`. */
  readonly at: number;
  receipts: Receipt[];
  /** The number of the connection on which the latest copy came. */
  connection: number;
}

/** See the head of this file. */
export class InFlight {
  readonly #limits: InFlightLimits;
  readonly #onFull: (isFull: boolean) => void;
  /** By key, in the order in which they came; more than one only where a key is not unique. */
  readonly #entries = new Map<string, readonly Entry[]>();
  /** By key, the number of the connection on which the latest copy came. */
  readonly #delivered = new Map<string, number>();
  readonly #ring: string[] = [];
  #next = 0;
  #connection = 0;
  #notifications = 0;
  #bytes = 0;
  #isFull = false;

  /**
   * @param limits the budget
   * @param onFull called when the budget is used up (`true`) and when there is room again (`false`)
   */
  constructor(limits: InFlightLimits, onFull: (isFull: boolean) => void) {
    this.#limits = limits;
    this.#onFull = onFull;
  }

  /** What is in flight now. */
  get usage(): { notifications: number; bytes: number; isFull: boolean } {
    return { notifications: this.#notifications, bytes: this.#bytes, isFull: this.#isFull };
  }

  /** For how long the oldest has been in flight, in milliseconds; 0 when nothing is. */
  get oldestMs(): number {
    // A map keeps the order in which its keys came.
    const [oldest] = this.#entries.values();
    const [entry] = oldest ?? [];
    return entry === undefined ? 0 : performance.now() - entry.at;
  }

  /**
   * The Cumulocity connection is gone: what is in flight can only be acknowledged through a copy that comes on
   * the next one.
   */
  connectionLost(): void {
    this.#connection++;
    for (const equal of this.#entries.values()) for (const entry of equal) entry.receipts = [];
  }

  /**
   * Takes in one copy of a notification.
   * @param identity how it is recognised
   * @param event the hub event made of it
   * @param receipt how this copy is acknowledged
   * @returns a delivery to be sent; `undefined` when another copy was sent or is under way
   */
  admit(identity: Identity, event: HubEvent, receipt: Receipt): Delivery | undefined {
    const { key, isUnique } = identity;
    if (this.#isCopy(identity, this.#delivered.get(key))) {
      this.#delivered.set(key, this.#connection);
      receipt.channel.acknowledge(receipt.ackId);
      return undefined;
    }
    const equal = this.#entries.get(key) ?? [];
    const underWay = equal.find(({ connection }) => this.#isCopy(identity, connection));
    if (underWay !== undefined) {
      underWay.connection = this.#connection;
      underWay.receipts = [...underWay.receipts.slice(1 - RECEIPTS_KEPT), receipt];
      return undefined;
    }
    const bytes = event.body.length;
    const at = performance.now();
    const entry: Entry = { key, isUnique, bytes, at, receipts: [receipt], connection: this.#connection };
    this.#entries.set(key, equal.length === 0 ? [entry] : [...equal, entry]);
    this.#use(1, entry.bytes);
    let isSettled = false;
    return {
      event,
      settle: (outcome) => {
        if (isSettled) return;
        isSettled = true;
        this.#settle(entry, outcome);
      },
    };
  }

  /** @param connection on which an equal notification came; `undefined` when none did */
  #isCopy({ isUnique }: Identity, connection: number | undefined): boolean {
    return connection !== undefined && (isUnique || connection < this.#connection);
  }

  #settle(entry: Entry, outcome: Outcome): void {
    const others = (this.#entries.get(entry.key) ?? []).filter((other) => other !== entry);
    if (others.length === 0) this.#entries.delete(entry.key);
    else this.#entries.set(entry.key, others);
    if (outcome !== 'abandoned') {
      // An equal notification may be news: it is expected again only if this one cannot be acknowledged.
      if (entry.isUnique || entry.receipts.length === 0) this.#remember(entry);
      for (const { channel, ackId } of entry.receipts) channel.acknowledge(ackId);
    }
    this.#use(-1, -entry.bytes);
  }

  #remember({ key, connection }: Entry): void {
    const oldest = this.#ring[this.#next];
    if (oldest !== undefined) this.#delivered.delete(oldest);
    this.#ring[this.#next] = key;
    this.#delivered.set(key, connection);
    this.#next = (this.#next + 1) % this.#limits.remembered;
  }

  #use(notifications: number, bytes: number): void {
    this.#notifications += notifications;
    this.#bytes += bytes;
    const limit = this.#isFull ? RESUME_BELOW : 1;
    const isFull =
      this.#notifications >= this.#limits.notifications * limit || this.#bytes >= this.#limits.bytes * limit;
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    this.#onFull(isFull);
  }
}
