/** The append-only log of one partition, in memory and, when it has a store, on disk. */
import { RetainedList } from '../log/retained-list.js';
import type { PartitionStore, StoredBatch } from './partition-store.js';
import { type EventPlace, StoredEvent } from './stored-event.js';

/** Where a reader begins. Sequence numbers and offsets count from the event they name, or just behind it. */
export type StartPosition =
  | { readonly from: 'earliest' }
  | { readonly from: 'latest' }
  | { readonly from: 'sequenceNumber'; readonly value: number; readonly inclusive: boolean }
  | { readonly from: 'offset'; readonly value: number; readonly inclusive: boolean }
  | { readonly from: 'enqueuedTime'; readonly value: number; readonly inclusive: boolean };

/** Called with the events of one append, in order. */
export type AppendListener = (events: readonly StoredEvent[], partitionId: string) => void;

/** Events with consecutive sequence numbers from 0. Offsets are byte positions, shown to clients as opaque text. */
export class PartitionLog {
  readonly id: string;
  readonly #listeners = new Set<AppendListener>();
  readonly #events: RetainedList<StoredEvent>;
  #nextOffset = 0;
  #last: EventPlace | undefined;
  readonly #store: PartitionStore | undefined;

  /**
   * @param retentionMs how long events are kept, in milliseconds.
   * @param store brings the events of earlier runs, and takes those of this one.
   */
  constructor(id: string, retentionMs: number, store?: PartitionStore) {
    this.id = id;
    this.#events = new RetainedList(retentionMs, ({ enqueuedTimeMs }) => enqueuedTimeMs);
    this.#store = store;
    for (const batch of store?.recovered ?? []) this.#restore(batch);
  }

  /** Sequence number of the newest event ever stored, -1 before the first. */
  get lastSequenceNumber(): number {
    return this.#events.next - 1;
  }

  /** Place of the newest event ever stored, even when it has expired. */
  get last(): EventPlace | undefined {
    return this.#last;
  }

  /** Sequence number of the oldest event still kept; the next one to come when none is kept. */
  get firstSequenceNumber(): number {
    return this.#events.first;
  }

  /** How many events are kept. */
  get length(): number {
    return this.#events.length;
  }

  /** A copy of the list of events still kept, oldest first. */
  events(): readonly StoredEvent[] {
    this.#events.expire();
    return this.#events.entries();
  }

  /** The event with that sequence number, or undefined when it is not stored yet or no longer kept. */
  at(sequenceNumber: number): StoredEvent | undefined {
    return this.#events.at(sequenceNumber);
  }

  /**
   * Stores events behind each other, all or none, and tells the listeners.
   *
   * @param encoded the events as their producer encoded them.
   * @param partitionKey the key they were routed by.
   */
  append(encoded: readonly Buffer[], partitionKey: string | undefined): void {
    if (encoded.length === 0) return;
    this.#events.expire();
    // Enqueued times never run backwards within a partition, whatever the clock does.
    const enqueuedTimeMs = Math.max(Date.now(), this.#last?.enqueuedTimeMs ?? 0);
    const [firstSequence, firstOffset] = [this.#events.next, this.#nextOffset];
    const added = encoded.map((bytes) => this.#keep(bytes, enqueuedTimeMs, partitionKey));
    this.#last = added[added.length - 1];
    this.#store?.append({ firstSequence, firstOffset, enqueuedTimeMs, partitionKey, encoded });
    for (const listener of [...this.#listeners]) listener(added, this.id);
  }

  /**
   * Calls the listener after every append.
   *
   * @returns a function that ends it.
   */
  onAppended(listener: AppendListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /**
   * The sequence number at which a reader with this position begins. What lies before the oldest kept event
   * begins at that event; what lies behind the newest begins with the next one stored.
   */
  resolve(position: StartPosition): number {
    this.#events.expire();
    switch (position.from) {
      case 'earliest':
        return this.firstSequenceNumber;
      case 'latest':
        return this.#events.next;
      case 'sequenceNumber':
        return this.#events.firstWhere((event) => reaches(event.sequenceNumber, position));
      case 'offset':
        return this.#events.firstWhere((event) => reaches(Number(event.offset), position));
      case 'enqueuedTime':
        return this.#events.firstWhere((event) => reaches(event.enqueuedTimeMs, position));
    }
  }

  /** Calls back when everything appended so far is as safe as it gets: with a store, when it is written. */
  whenWritten(callback: () => void): void {
    if (this.#store) this.#store.whenWritten(callback);
    else callback();
  }

  /** Writes what is waiting and lets go of the store. */
  close(): void {
    this.#store?.close();
  }

  #restore(batch: StoredBatch): void {
    if (this.#events.length === 0) this.#events.continueAt(batch.firstSequence);
    this.#nextOffset = batch.firstOffset;
    for (const bytes of batch.encoded) {
      this.#last = this.#keep(bytes, batch.enqueuedTimeMs, batch.partitionKey);
    }
  }

  #keep(bytes: Buffer, enqueuedTimeMs: number, partitionKey: string | undefined): StoredEvent {
    const place = { sequenceNumber: this.#events.next, offset: String(this.#nextOffset), enqueuedTimeMs };
    const event = new StoredEvent(place, bytes, partitionKey);
    this.#nextOffset += Math.max(bytes.length, 1);
    this.#events.push(event);
    return event;
  }
}

function reaches(value: number, position: { readonly value: number; readonly inclusive: boolean }): boolean {
  return position.inclusive ? value >= position.value : value > position.value;
}
