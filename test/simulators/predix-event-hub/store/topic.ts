/** A topic: five partitions, and how far each subscriber has got. */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type NewMessage, Partition, type StoredMessage } from './partition.js';
import { Positions } from './positions.js';
import { StoreClock } from './store-clock.js';

/** How many partitions every topic has (Predix contract, section 7). */
export const partitionCount = 5;

/** How a topic keeps its messages. */
export interface TopicStorage {
  /** In milliseconds. */
  readonly retentionMs: number;
  /** Folder of the topic's files; undefined: in memory alone. */
  readonly folder: string | undefined;
}

/** See the head of this file. */
export class Topic {
  readonly name: string;
  readonly partitions: readonly Partition[];
  readonly positions: Positions;
  readonly #onDeleted = new Set<() => void>();
  #isDeleted = false;
  #isClosed = false;
  #nextKeyless = 0;

  /** @throws LogFileError when one of its files is something else; none stays open then. */
  constructor(name: string, { retentionMs, folder }: TopicStorage) {
    this.name = name;
    const pathOf = (file: string): string | undefined => folder && join(folder, file);
    const clock = new StoreClock();
    const partitions: Partition[] = [];
    this.partitions = partitions;
    try {
      for (let index = 0; index < partitionCount; index++) {
        partitions.push(new Partition(name, index, retentionMs, { path: pathOf(`${index}.log`), clock }));
      }
      this.positions = new Positions(pathOf('positions.log'));
    } catch (thrown) {
      for (const partition of partitions) partition.close();
      throw thrown;
    }
  }

  /** Whether it was deleted: nothing may be stored or read any more. */
  get isDeleted(): boolean {
    return this.#isDeleted;
  }

  /** Whether its files are let go of: nothing can be stored any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Messages stored since it was made. */
  get messageCount(): number {
    return this.partitions.reduce((sum, { nextOffset }) => sum + nextOffset, 0);
  }

  /** Every message that is kept, by partition and in order. */
  messages(): readonly StoredMessage[] {
    return this.partitions.flatMap((partition) => {
      const count = partition.nextOffset - partition.firstOffset;
      const offsets = Array.from({ length: count }, (_, at) => partition.firstOffset + at);
      return offsets.map((offset) => partition.at(offset)).filter((message) => message !== undefined);
    });
  }

  /**
   * Stores a message: where its key belongs, or in the next partition when it has none.
   *
   * @param written called when it is as safe as it gets.
   */
  append(message: NewMessage, written: (stored: StoredMessage) => void): void {
    const partition = this.#partitionFor(message.key);
    const stored = partition.append(message);
    partition.whenWritten(() => written(stored));
  }

  /**
   * Calls the listener when the topic is deleted.
   *
   * @returns a function that ends it.
   */
  onDeleted(listener: () => void): () => void {
    this.#onDeleted.add(listener);
    return () => {
      this.#onDeleted.delete(listener);
    };
  }

  /** Tells everybody that it is gone, and lets go of its files, which the caller removes. */
  delete(): void {
    this.#isDeleted = true;
    for (const listener of [...this.#onDeleted]) listener();
    this.close();
  }

  /** Writes what is waiting and lets go of all files. */
  close(): void {
    this.#isClosed = true;
    for (const partition of this.partitions) partition.close();
    this.positions.close();
  }

  #partitionFor(key: Buffer): Partition {
    const number = key.length > 0 ? crc32(key) : this.#nextKeyless++;
    const partition = this.partitions[number % partitionCount];
    if (partition === undefined) throw new RangeError(`topic ${this.name} has no partition for a message`);
    return partition;
  }
}
