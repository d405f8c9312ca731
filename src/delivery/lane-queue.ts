/** What a lane has still to send, in order. */
import type { HubEvent } from '../mapping/hub-event.js';
import { toPointerEvent } from '../mapping/pointer-event.js';
import type { Delivery } from './delivery.js';
import type { Batch } from './destination.js';
import type { Relief } from './relief.js';

/** A queued delivery. */
export interface QueueEntry {
  readonly delivery: Delivery;
  /** The delivery's event, or the pointer event in its place. */
  event: HubEvent;
  isPointer: boolean;
  /** Sent in a batch of its own, to find out which event of a refused batch is at fault. */
  isAlone: boolean;
}

/**
 * Puts a pointer event in the place of an event that the hub will never take.
 * @param entry changed in place
 * @param reason in the hub's own terms
 */
export function rejectEntry(entry: QueueEntry, reason: string): void {
  entry.event = toPointerEvent(entry.event, reason);
  entry.isPointer = true;
}

/** See the head of this file. */
export class LaneQueue {
  #entries: QueueEntry[] = [];

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  get length(): number {
    return this.#entries.length;
  }

  /** The entry that is sent next. */
  get first(): QueueEntry | undefined {
    return this.#entries[0];
  }

  /** Puts a delivery behind all others. */
  push(delivery: Delivery): void {
    this.#entries.push({ delivery, event: delivery.event, isPointer: false, isAlone: false });
  }

  /** Puts entries that were taken out before all others again. */
  putBack(entries: readonly QueueEntry[]): void {
    this.#entries.unshift(...entries);
  }

  /** Moves as many entries as fit from the front into the batch; returns them. */
  moveInto(batch: Batch): readonly QueueEntry[] {
    let count = 0;
    for (const entry of this.#entries) {
      if ((entry.isAlone && count > 0) || !batch.tryAdd(entry.event)) break;
      count++;
      if (entry.isAlone) break;
    }
    return this.#entries.splice(0, count);
  }

  /**
   * Has deliveries taken off.
   * @param keep how many stay, at the front
   */
  relieve(relief: Relief, keep: number): void {
    if (!relief.isOn) return;
    this.#entries = this.#entries.filter(({ delivery }, at) => at < keep || !relief.take(delivery));
  }

  /** Abandons everything. */
  drop(): void {
    for (const { delivery } of this.#entries.splice(0)) delivery.settle('abandoned');
  }
}
