/** What a lane has still to send, in order. */
import type { HubEvent } from '../mapping/hub-event.js';
import type { Rejection } from '../mapping/rejection.js';
import type { Delivery } from './delivery.js';
import type { Batch } from './destination.js';
import type { Relief } from './relief.js';

/** How far it has got with an event that the hub does not take as it is. */
export interface Replacing {
  /** How many of the steps for an event that is too large were tried; see `oversize.ts`. */
  stepsTried: number;
  /** Why a pointer event is sent; `undefined`: none is. */
  rejection: Rejection | undefined;
}

/** A queued delivery. */
export interface QueueEntry {
  readonly delivery: Delivery;
  /** What is sent: the delivery's event, a smaller form of it, or the pointer event in its place. */
  event: HubEvent;
  /** `undefined` for nearly all events. */
  replacing: Replacing | undefined;
  /** Nothing is put behind it in its batch: the hub refused a batch that went on; see `culprit.ts`. */
  endsBatch: boolean;
}

/** The entry of a delivery that was not tried yet. */
export function entryOf(delivery: Delivery): QueueEntry {
  return { delivery, event: delivery.event, replacing: undefined, endsBatch: false };
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

  /** Puts an entry behind all others. */
  push(entry: QueueEntry): void {
    this.#entries.push(entry);
  }

  /** Puts entries that were taken out before all others again. */
  putBack(entries: readonly QueueEntry[]): void {
    this.#entries.unshift(...entries);
  }

  /**
   * Moves as many entries as fit, and belong together, from the front into the batch; returns them. Those that may
   * not be in one batch stay, with all that come after them for the same key.
   */
  moveInto(batch: Batch): readonly QueueEntry[] {
    const taken: QueueEntry[] = [];
    const waiting: QueueEntry[] = [];
    for (const entry of this.#entries) {
      if (batch.mustWait?.(entry.event) === true) {
        waiting.push(entry);
        continue;
      }
      if (!batch.tryAdd(entry.event)) break;
      taken.push(entry);
      if (entry.endsBatch) break;
    }
    this.#entries.splice(0, taken.length + waiting.length, ...waiting);
    return taken;
  }

  /**
   * Has deliveries taken off.
   * @param keep how many stay, at the front
   */
  relieve(relief: Relief, keep: number): void {
    if (!relief.isOn) return;
    this.#entries = this.#entries.filter(({ delivery }, at) => at < keep || !relief.take(delivery));
  }

  /** Takes everything out, in order. */
  takeAll(): readonly QueueEntry[] {
    return this.#entries.splice(0);
  }

  /** Abandons everything. */
  drop(): void {
    for (const { delivery } of this.#entries.splice(0)) delivery.settle('abandoned');
  }
}
