/** What one subscriber's connection gets, and what it has acknowledged of that (Predix contract, section 7). */
import { AckStatus } from '../protocol.js';
import type { Delivery } from './delivery.js';
import type { PartitionReader } from './partition-reader.js';
import { RetryTimer } from './retry-timer.js';
import type { AckOptions } from './subscription-options.js';
import type { GroupMember } from './topic-group.js';

/** What a subscriber says of a message. It is the one at a partition and an offset, whatever else is in it. */
export interface ReceivedAck {
  readonly status_code: number;
  /** Plain, or with the zone before it; empty: any topic of the connection. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

/** How a connection is made. */
export interface ConnectionParts {
  readonly zone: string;
  /** Says in the log who it is. */
  readonly label: string;
  readonly isNewest: boolean;
  /** Undefined: a message is done with when it is written. */
  readonly acks: AckOptions | undefined;
  /** How many messages may be unacknowledged at the same time. */
  readonly window: number;
  readonly log: (line: string) => void;
}

/** See the head of this file. */
export class Connection implements GroupMember {
  readonly label: string;
  readonly isNewest: boolean;
  /** Called when `next` may have something. */
  onReady: () => void = () => undefined;
  readonly #parts: ConnectionParts;
  readonly #retries: RetryTimer | undefined;
  #readers: readonly PartitionReader[] = [];
  /** The reader whose turn it is. */
  #turn = 0;
  /** What goes before new messages: those that come again, and one that had no room. */
  #waiting: Delivery[] = [];

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.label = parts.label;
    this.isNewest = parts.isNewest;
    const { acks } = parts;
    if (acks !== undefined)
      this.#retries = new RetryTimer(acks, (due) => this.#comeAgain(due, acks.maxRetries));
  }

  /** Gets the messages of a partition from now on. */
  open(reader: PartitionReader): void {
    this.#readers = [...this.#readers, reader];
    reader.onAppended(() => this.onReady());
  }

  /** Gets them no more. */
  close(reader: PartitionReader): void {
    this.#readers = this.#readers.filter((each) => each !== reader);
    for (const lost of reader.close()) this.#retries?.stop(lost);
  }

  /** The next message to be written; undefined: there is none, or too many are unacknowledged. */
  next(): Delivery | undefined {
    for (let waiting = this.#waiting.shift(); waiting !== undefined; waiting = this.#waiting.shift()) {
      if (this.#isStillDue(waiting)) return waiting;
    }
    if (this.#isWindowFull()) return undefined;
    const start = this.#turn;
    for (let at = 0; at < this.#readers.length; at++) {
      this.#turn = (start + at + 1) % this.#readers.length;
      const delivery = this.#readers[(start + at) % this.#readers.length]?.take();
      if (delivery !== undefined) return delivery;
    }
    return undefined;
  }

  /** Gives back what `next` gave last. */
  putBack(delivery: Delivery): void {
    this.#waiting.unshift(delivery);
  }

  /** Messages were handed over to be written. */
  sent(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) {
      delivery.become('sent');
      this.#retries?.start(delivery);
    }
  }

  /** All their bytes were written. */
  written(deliveries: readonly Delivery[]): void {
    if (this.#retries !== undefined) return;
    for (const delivery of deliveries) this.#settle(delivery);
  }

  /** What the subscriber says. What is late, repeated or of unknown messages means nothing. */
  acknowledge(acks: readonly ReceivedAck[]): void {
    for (const ack of acks) {
      const delivery = this.#meantBy(ack);
      if (delivery === undefined) continue;
      if (ack.status_code === AckStatus.accepted) this.#settle(delivery);
      if (ack.status_code === AckStatus.failed && delivery.state === 'sent') {
        delivery.become('failed');
        this.#retries?.start(delivery);
      }
    }
    this.onReady();
  }

  /** Lets go of the timer. The partitions are taken by their groups. */
  end(): void {
    this.#retries?.close();
    this.#waiting = [];
    this.onReady = () => undefined;
  }

  #meantBy({ topic, partition, offset }: ReceivedAck): Delivery | undefined {
    const isMeant = (name: string): boolean =>
      topic === '' || topic === name || topic === `${this.#parts.zone}_${name}`;
    return this.#readers
      .filter((reader) => reader.partition.index === partition && isMeant(reader.partition.topic))
      .map((reader) => reader.unsettledAt(Number(offset)))
      .find((delivery) => delivery !== undefined && delivery.sends > 0);
  }

  #comeAgain(due: readonly Delivery[], maxRetries: number): void {
    for (const delivery of due) {
      if (delivery.sends <= maxRetries) {
        delivery.become('queued');
        this.#waiting.push(delivery);
        continue;
      }
      const { id, topic, partition, offset } = delivery.message;
      this.#parts.log(
        `message ${id} at ${topic}/${partition}/${offset} is dropped after ${maxRetries} retries`,
      );
      this.#settle(delivery);
    }
    this.onReady();
  }

  #isStillDue(delivery: Delivery): boolean {
    if (delivery.state !== 'queued') return false;
    if (this.#readerOf(delivery)?.isKept(delivery)) return true;
    this.#settle(delivery);
    return false;
  }

  #isWindowFull(): boolean {
    if (this.#retries === undefined) return false;
    const unsettled = this.#readers.reduce((sum, { unsettledCount }) => sum + unsettledCount, 0);
    return unsettled >= this.#parts.window;
  }

  #settle(delivery: Delivery): void {
    this.#retries?.stop(delivery);
    this.#readerOf(delivery)?.settle(delivery);
  }

  #readerOf({ message }: Delivery): PartitionReader | undefined {
    return this.#readers.find(
      ({ partition }) => partition.topic === message.topic && partition.index === message.partition,
    );
  }
}
