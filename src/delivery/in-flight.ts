/**
 * Everything that was read from Cumulocity and is not acknowledged yet: the budget that bounds it, and the
 * memory that keeps a redelivered notification from being sent twice.
 *
 * A notification comes again when the connection is lost before its acknowledgement has arrived (or, on older
 * platforms, after a while on the same connection), with another ack id. Its key tells it from all others. If
 * its first copy is still under way, the new copy waits for the same outcome; if it was delivered, the new copy
 * is acknowledged at once. Only what was delivered is ever remembered as delivered.
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

interface Entry {
  readonly receipts: Receipt[];
  readonly key: string | undefined;
  readonly bytes: number;
}

/** See the head of this file. */
export class InFlight {
  readonly #limits: InFlightLimits;
  readonly #onFull: (isFull: boolean) => void;
  readonly #entries = new Map<string, Entry>();
  readonly #delivered = new Set<string>();
  readonly #ring: string[] = [];
  #next = 0;
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

  /**
   * Takes in one copy of a notification.
   * @param key equal for the copies of one notification and only for them; `undefined` if there is no such key
   * @param event the hub event made of it
   * @param receipt how this copy is acknowledged
   * @returns a delivery to be sent; `undefined` when another copy was sent or is under way
   */
  admit(key: string | undefined, event: HubEvent, receipt: Receipt): Delivery | undefined {
    if (key !== undefined) {
      if (this.#delivered.has(key)) {
        receipt.channel.acknowledge(receipt.ackId);
        return undefined;
      }
      const underWay = this.#entries.get(key);
      if (underWay !== undefined) {
        underWay.receipts.push(receipt);
        return undefined;
      }
    }
    const entry: Entry = { receipts: [receipt], key, bytes: event.body.length };
    if (key !== undefined) this.#entries.set(key, entry);
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

  #settle(entry: Entry, outcome: Outcome): void {
    if (entry.key !== undefined) this.#entries.delete(entry.key);
    if (outcome !== 'abandoned') {
      if (entry.key !== undefined) this.#remember(entry.key);
      for (const { channel, ackId } of entry.receipts) channel.acknowledge(ackId);
    }
    this.#use(-1, -entry.bytes);
  }

  #remember(key: string): void {
    const oldest = this.#ring[this.#next];
    if (oldest !== undefined) this.#delivered.delete(oldest);
    this.#ring[this.#next] = key;
    this.#delivered.add(key);
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
