/** A checkpoint store that also knows how far this process has read, and where "latest" was when it started. */
import type { Checkpoint, CheckpointStore, OperationOptions, PartitionOwnership } from '@azure/event-hubs';
import type { Place, Positions } from './positions.js';

/** Passes everything on to a store, with two additions; see the methods. */
export class ResumingStore implements CheckpointStore {
  readonly #store: CheckpointStore;
  readonly #positions: Positions;
  readonly #latest: ReadonlyMap<string, Place>;
  readonly #marked = new Set<string>();

  /**
   * @param store keeps checkpoints and ownerships
   * @param positions of this process
   * @param latest with `--from latest`, the place behind each partition's newest event at the start
   */
  constructor(store: CheckpointStore, positions: Positions, latest: ReadonlyMap<string, Place>) {
    this.#store = store;
    this.#positions = positions;
    this.#latest = latest;
  }

  listOwnership(
    namespace: string,
    hub: string,
    group: string,
    options?: OperationOptions,
  ): Promise<PartitionOwnership[]> {
    return this.#store.listOwnership(namespace, hub, group, options);
  }

  /** Before a partition is read for the first time, "latest" becomes its checkpoint: see `markStart`. */
  async claimOwnership(
    claims: PartitionOwnership[],
    options?: OperationOptions,
  ): Promise<PartitionOwnership[]> {
    const claimed = await this.#store.claimOwnership(claims, options);
    // An ownership without an owner is one that is given up.
    for (const each of claimed) if (each.ownerId !== '') await this.markStart(each);
    return claimed;
  }

  /** What this process has read counts even before it is stored: it is not read again after an error. */
  async listCheckpoints(
    namespace: string,
    hub: string,
    group: string,
    options?: OperationOptions,
  ): Promise<Checkpoint[]> {
    const checkpoints = await this.#store.listCheckpoints(namespace, hub, group, options);
    return checkpoints.map((each) =>
      this.#positions.isOurs(each.partitionId)
        ? each
        : { ...each, ...this.#positions.resume(each.partitionId, each) },
    );
  }

  updateCheckpoint(checkpoint: Checkpoint, options?: OperationOptions): Promise<void> {
    return this.#store.updateCheckpoint(checkpoint, options);
  }

  /**
   * Stores where "latest" was, unless the partition has a checkpoint. Without that, a process that ends before its
   * first checkpoint would begin at the then latest event, and what came in between would be missed.
   */
  async markStart(reader: Omit<PartitionOwnership, 'ownerId'>): Promise<void> {
    const { partitionId, fullyQualifiedNamespace, eventHubName, consumerGroup } = reader;
    const place = this.#latest.get(partitionId);
    if (place === undefined || this.#marked.has(partitionId)) return;
    const known = await this.#store.listCheckpoints(fullyQualifiedNamespace, eventHubName, consumerGroup);
    if (!known.some((checkpoint) => checkpoint.partitionId === partitionId)) {
      const { sequenceNumber, offset } = place;
      const names = { fullyQualifiedNamespace, eventHubName, consumerGroup, partitionId };
      await this.#store.updateCheckpoint({ ...names, sequenceNumber, offset });
    }
    this.#marked.add(partitionId);
  }
}
