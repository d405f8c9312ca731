/** Checkpoints and ownerships in a local file, shared by all copies on one machine that name the same file. */
import { randomUUID } from 'node:crypto';
import type { Checkpoint, CheckpointStore, PartitionOwnership } from '@azure/event-hubs';
import type { CheckpointFile } from './checkpoint-file.js';

type Reader = Pick<Checkpoint, 'fullyQualifiedNamespace' | 'eventHubName' | 'consumerGroup'>;

/** None of the names is case-sensitive in Event Hubs. */
function keyOf({ fullyQualifiedNamespace, eventHubName, consumerGroup }: Reader): string {
  return `${fullyQualifiedNamespace}/${eventHubName}/${consumerGroup}`.toLowerCase();
}

/** See the head of this file, and the SDK for what each method promises. */
export class FileCheckpointStore implements CheckpointStore {
  readonly #file: CheckpointFile;

  constructor(file: CheckpointFile) {
    this.#file = file;
  }

  async listOwnership(
    fullyQualifiedNamespace: string,
    eventHubName: string,
    consumerGroup: string,
  ): Promise<PartitionOwnership[]> {
    const reader = { fullyQualifiedNamespace, eventHubName, consumerGroup };
    const { ownerships } = await this.#file.read();
    return Object.entries(ownerships[keyOf(reader)] ?? {}).map(([partitionId, ownership]) => ({
      ...reader,
      partitionId,
      ...ownership,
    }));
  }

  /** A claim holds only when nobody changed the ownership since it was listed: that is what its tag tells. */
  claimOwnership(claims: PartitionOwnership[]): Promise<PartitionOwnership[]> {
    return this.#file.change(({ ownerships }) =>
      claims.flatMap((claim) => {
        const { partitionId, ownerId } = claim;
        const partitions = ownerships[keyOf(claim)] ?? {};
        ownerships[keyOf(claim)] = partitions;
        if (partitions[partitionId]?.etag !== claim.etag) return [];
        const ownership = { ownerId, lastModifiedTimeInMs: Date.now(), etag: randomUUID() };
        partitions[partitionId] = ownership;
        return [{ ...claim, ...ownership }];
      }),
    );
  }

  async listCheckpoints(
    fullyQualifiedNamespace: string,
    eventHubName: string,
    consumerGroup: string,
  ): Promise<Checkpoint[]> {
    const reader = { fullyQualifiedNamespace, eventHubName, consumerGroup };
    const { checkpoints } = await this.#file.read();
    return Object.entries(checkpoints[keyOf(reader)] ?? {}).map(([partitionId, place]) => ({
      ...reader,
      partitionId,
      ...place,
    }));
  }

  updateCheckpoint(checkpoint: Checkpoint): Promise<void> {
    return this.#file.change(({ checkpoints }) => {
      const { partitionId, sequenceNumber, offset } = checkpoint;
      const partitions = checkpoints[keyOf(checkpoint)] ?? {};
      checkpoints[keyOf(checkpoint)] = partitions;
      partitions[partitionId] = { sequenceNumber, offset };
    });
  }
}
