/** One partition as it is read by the connection that owns it, and the position of its subscriber name there. */
import type { Partition } from '../store/partition.js';
import type { Positions } from '../store/positions.js';
import { Delivery } from './delivery.js';

/** What is read, and for whom. */
export interface PartitionReaderParts {
  readonly partition: Partition;
  readonly positions: Positions;
  /** Name of the subscriber. */
  readonly name: string;
  /** Where a name begins that has no position yet: behind all that is stored, or at the oldest message. */
  readonly isNewest: boolean;
}

/**
 * See the head of this file. The stored position is the lowest offset that was taken and is not settled, else the
 * offset that is taken next (Predix contract, section 7).
 */
export class PartitionReader {
  readonly partition: Partition;
  readonly #positions: Positions;
  readonly #name: string;
  /** By offset, and in the order of offsets: they are taken in it. */
  readonly #unsettled = new Map<number, Delivery>();
  #next: number;
  #isClosed = false;
  #stopListening: (() => void) | undefined;

  constructor({ partition, positions, name, isNewest }: PartitionReaderParts) {
    this.partition = partition;
    this.#positions = positions;
    this.#name = name;
    const { firstOffset, nextOffset } = partition;
    const stored = positions.get(name, partition.index) ?? (isNewest ? nextOffset : firstOffset);
    // Retention may have passed it; and what was delivered just before a crash may never have reached the disk.
    this.#next = Math.min(Math.max(stored, firstOffset), nextOffset);
    this.#storePosition();
  }

  /** How many messages were taken and are not settled. */
  get unsettledCount(): number {
    return this.#unsettled.size;
  }

  /** Calls the listener whenever there is a new message, until this reader is closed. */
  onAppended(listener: () => void): void {
    this.#stopListening = this.partition.onAppended(listener);
  }

  /** The next message, or undefined when there is none. Those that retention has taken are passed over. */
  take(): Delivery | undefined {
    if (this.#isClosed) return undefined;
    const { firstOffset } = this.partition;
    if (this.#next < firstOffset) {
      this.#next = firstOffset;
      this.#storePosition();
    }
    const message = this.partition.at(this.#next);
    if (message === undefined) return undefined;
    const delivery = new Delivery(message);
    this.#unsettled.set(this.#next++, delivery);
    return delivery;
  }

  /** What was taken and is not settled at an offset; undefined when there is nothing of that kind. */
  unsettledAt(offset: number): Delivery | undefined {
    return this.#unsettled.get(offset);
  }

  /** Whether a message is still there: one that is too old must not be delivered again. */
  isKept({ message }: Delivery): boolean {
    return message.offset >= this.partition.firstOffset;
  }

  /** It is done with, for good; the position moves when nothing below it is left. Without effect when it was lost. */
  settle(delivery: Delivery): void {
    if (delivery.state === 'settled' || delivery.state === 'lost') return;
    delivery.become('settled');
    this.#unsettled.delete(delivery.message.offset);
    this.#storePosition();
  }

  /** Reads no more. Whatever is not settled is lost to this connection, and due for the next owner. */
  close(): readonly Delivery[] {
    if (this.#isClosed) return [];
    this.#isClosed = true;
    this.#stopListening?.();
    const lost = [...this.#unsettled.values()];
    for (const delivery of lost) delivery.become('lost');
    this.#unsettled.clear();
    return lost;
  }

  #storePosition(): void {
    const [lowest = this.#next] = this.#unsettled.keys();
    this.#positions.set(this.#name, this.partition.index, lowest);
  }
}
