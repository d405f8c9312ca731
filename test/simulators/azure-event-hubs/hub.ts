/** One event hub: its partitions, its consumer groups and what producers and readers of it must share. */
import { PublisherSequences } from './idempotence.js';
import { partitionIndexFor } from './partition-key-hash.js';
import { type AppendListener, PartitionLog } from './partition-log.js';
import type { PartitionStore } from './partition-store.js';

/** How a hub is made. */
export interface HubDefinition {
  readonly name: string;
  readonly partitionCount: number;
  /** Besides `$Default`, which every hub has. */
  readonly consumerGroups?: readonly string[];
}

/**
 * A hub with its logs. It knows nothing of links.
 */
export class LocalHub {
  readonly name: string;
  readonly createdAt = new Date();
  /** While true, links to the hub and sends are refused with `com.microsoft:entity-disabled`. */
  disabled = false;
  /** While true, the same holds for links that send, and sends; reading goes on. */
  sendDisabled = false;
  readonly #partitions = new Map<string, PartitionLog>();
  readonly #publishers = new Map<string, PublisherSequences>();
  readonly #groups: ReadonlySet<string>;
  readonly #listeners = new Set<AppendListener>();
  readonly #makeLog: (partitionId: string) => PartitionLog;
  #nextKeyless = 0;

  /**
   * @param retentionMs how long events are kept, in milliseconds.
   * @param storeOf gives the store of a partition, when events are to outlive the process.
   * @throws RangeError when the partition count is not a whole number from 1.
   */
  constructor(
    definition: HubDefinition,
    retentionMs: number,
    storeOf?: (partitionId: string) => PartitionStore,
  ) {
    const { name, partitionCount, consumerGroups = [] } = definition;
    if (!Number.isInteger(partitionCount) || partitionCount < 1) {
      throw new RangeError(
        `hub ${name}: expected partitionCount to be a whole number from 1, got ${partitionCount}`,
      );
    }
    this.name = name;
    this.#groups = new Set(['$default', ...consumerGroups.map((group) => group.toLowerCase())]);
    this.#makeLog = (id) => new PartitionLog(id, retentionMs, storeOf?.(id));
    this.grow(partitionCount);
  }

  /** Partition ids, `0` to the count less one. */
  get partitionIds(): readonly string[] {
    return [...this.#partitions.keys()];
  }

  /**
   * Adds partitions, as the premium and dedicated tiers allow; those that are there stay as they are.
   *
   * @param partitionCount how many there are then; nothing happens when there are as many already.
   */
  grow(partitionCount: number): void {
    for (let index = this.#partitions.size; index < partitionCount; index++) {
      const id = String(index);
      const log = this.#makeLog(id);
      log.onAppended((events, partitionId) => {
        for (const listener of [...this.#listeners]) listener(events, partitionId);
      });
      this.#partitions.set(id, log);
      this.#publishers.set(id, new PublisherSequences());
    }
  }

  /** Events stored since the hub was made, over all partitions. */
  get eventCount(): number {
    let count = 0;
    for (const log of this.#partitions.values()) count += log.lastSequenceNumber + 1;
    return count;
  }

  /** Whether nothing can be sent. */
  get refusesSends(): boolean {
    return this.disabled || this.sendDisabled;
  }

  /**
   * The log of a partition.
   *
   * @throws RangeError when the hub has no partition of that id.
   */
  partition(id: string): PartitionLog {
    const log = this.#partitions.get(id);
    if (!log) throw new RangeError(`hub ${this.name} has no partition ${id}`);
    return log;
  }

  /** Whether there is a partition of that id. */
  hasPartition(id: string): boolean {
    return this.#partitions.has(id);
  }

  /** Whether there is a consumer group of that name; case does not matter. */
  hasConsumerGroup(name: string): boolean {
    return this.#groups.has(name.toLowerCase());
  }

  /** What is known of idempotent producers of a partition. */
  publishers(id: string): PublisherSequences {
    const sequences = this.#publishers.get(id);
    if (!sequences) throw new RangeError(`hub ${this.name} has no partition ${id}`);
    return sequences;
  }

  /** Calls the listener after every append to any partition. Returns a function that ends it. */
  onAppended(listener: AppendListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Writes what is waiting and lets go of all stores. */
  close(): void {
    for (const log of this.#partitions.values()) log.close();
  }

  /** The partition for events that name none: by their key, else one after the other. */
  route(partitionKey: string | undefined): PartitionLog {
    const count = this.#partitions.size;
    if (partitionKey !== undefined) return this.partition(String(partitionIndexFor(partitionKey, count)));
    const index = this.#nextKeyless;
    this.#nextKeyless = (index + 1) % count;
    return this.partition(String(index));
  }
}
