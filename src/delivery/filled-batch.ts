/** A batch with its events, and what the hub has answered for them so far. */
import type { SendError } from '../errors.js';
import { settleAccepted } from './accepted.js';
import type { Answer, Batch, Destination } from './destination.js';
import type { MadeBatch } from './hub-calls.js';
import type { LaneObserver } from './lane-observer.js';
import type { QueueEntry } from './lane-queue.js';

/** An event that the hub has refused by itself. */
export interface RefusedEntry {
  readonly entry: QueueEntry;
  readonly failure: SendError;
}

/** See the head of this file. An event that is accepted is settled at once, whatever becomes of the others. */
export class FilledBatch<B extends Batch> implements MadeBatch<B> {
  readonly destination: Destination<B>;
  readonly batch: B;
  readonly #entries: readonly QueueEntry[];
  readonly #observer: LaneObserver;
  readonly #accepted = new Set<QueueEntry>();
  readonly #refused = new Map<QueueEntry, SendError>();

  /**
   * @param made the batch
   * @param entries what is in it, in order
   * @param observer is told of what is accepted
   */
  constructor({ destination, batch }: MadeBatch<B>, entries: readonly QueueEntry[], observer: LaneObserver) {
    this.destination = destination;
    this.batch = batch;
    this.#entries = entries;
    this.#observer = observer;
  }

  /** The hub's answer for one event by itself. */
  readonly answer: Answer = (index, failure) => {
    const entry = this.#entries[index];
    if (entry === undefined || this.#accepted.has(entry)) return;
    if (failure === undefined) this.#accept([entry]);
    else this.#refused.set(entry, failure);
  };

  /** What the hub has not accepted, in order. */
  get open(): readonly QueueEntry[] {
    return this.#accepted.size === 0
      ? this.#entries
      : this.#entries.filter((entry) => !this.#accepted.has(entry));
  }

  /** What the hub has refused by itself, in order. */
  get refused(): readonly RefusedEntry[] {
    return [...this.#refused].map(([entry, failure]) => ({ entry, failure }));
  }

  /** Whether events were answered by themselves, so that the same batch cannot be sent again. */
  get isBroken(): boolean {
    return this.#accepted.size + this.#refused.size > 0;
  }

  /** The hub has accepted the batch, save what it has answered otherwise. */
  acceptRest(): void {
    this.#accept(this.#entries.filter((entry) => !this.#accepted.has(entry) && !this.#refused.has(entry)));
  }

  /** Tells the observer of the attempt that has ended: what of the batch the hub has taken, if anything. */
  report(): void {
    const { size } = this.#accepted;
    if (size > 0) this.#observer.sent(size, bytesOf(this.#accepted));
  }

  #accept(entries: readonly QueueEntry[]): void {
    for (const entry of entries) this.#accepted.add(entry);
    settleAccepted(entries, this.#observer);
  }
}

function bytesOf(entries: Iterable<QueueEntry>): number {
  let bytes = 0;
  for (const { event } of entries) bytes += event.body.length;
  return bytes;
}
