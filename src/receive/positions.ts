/** How far each partition has been read. The one place that knows; checkpoints and figures are made from it. */
import type { EventPosition } from '@azure/event-hubs';

/** Of an event: everything up to it, and itself, has been dealt with. Offsets are opaque. */
export interface Place {
  readonly sequenceNumber: number;
  readonly offset: string;
}

interface Partition {
  /** `undefined` until an event was read, or a checkpoint found. */
  place: Place | undefined;
  /** For figures only: where reading stands when no event was read yet. */
  before: number | undefined;
  /** Sequence number that the checkpoint store has. */
  stored: number;
  /** Whether this process reads it now. */
  isOurs: boolean;
}

/** See the head of this file. */
export class Positions {
  /**
   * Where to begin, by partition id. The SDK looks here each time it begins on a partition that has no checkpoint,
   * also when it begins again after an error, so reading moves it on: otherwise everything would be read again.
   */
  readonly startPositions: Record<string, EventPosition> = {};
  readonly #partitions = new Map<string, Partition>();

  /**
   * Adds a partition.
   * @param partitionId its id
   * @param start where to begin when there is no checkpoint
   * @param before sequence number before that, if known
   */
  add(partitionId: string, start: EventPosition, before: number | undefined): void {
    this.startPositions[partitionId] = start;
    this.#partitions.set(partitionId, { place: undefined, before, stored: -1, isOurs: false });
  }

  /** Reading of a partition begins in this process. */
  begin(partitionId: string): void {
    this.#get(partitionId).isOurs = true;
  }

  /** Another copy has the partition now, or reading stopped for an error. */
  end(partitionId: string): void {
    this.#get(partitionId).isOurs = false;
  }

  isOurs(partitionId: string): boolean {
    return this.#partitions.get(partitionId)?.isOurs ?? false;
  }

  /** The partitions that this process reads now. */
  get ours(): readonly string[] {
    return [...this.#partitions].filter(([, { isOurs }]) => isOurs).map(([partitionId]) => partitionId);
  }

  /** Everything up to this place has been dealt with. */
  moveTo(partitionId: string, place: Place): void {
    this.#get(partitionId).place = place;
    this.startPositions[partitionId] = { sequenceNumber: place.sequenceNumber, isInclusive: false };
  }

  /**
   * Takes over a checkpoint of the store, unless this process has read further: then what lies between was read
   * here, and must not be read again.
   * @returns where the partition stands
   */
  resume(partitionId: string, stored: Place): Place {
    const partition = this.#partitions.get(partitionId);
    if (partition === undefined) return stored;
    const { place } = partition;
    if (place !== undefined && place.sequenceNumber >= stored.sequenceNumber) return place;
    partition.stored = stored.sequenceNumber;
    this.moveTo(partitionId, stored);
    return stored;
  }

  /** Sequence number of the newest event that was dealt with, as far as known. */
  readUpTo(partitionId: string): number | undefined {
    const { place, before } = this.#get(partitionId);
    return place?.sequenceNumber ?? before;
  }

  /** The places that a store does not have yet. */
  unstored(): readonly (readonly [partitionId: string, place: Place])[] {
    return this.ours.flatMap((partitionId) => {
      const { place, stored } = this.#get(partitionId);
      return place === undefined || place.sequenceNumber <= stored ? [] : [[partitionId, place] as const];
    });
  }

  /** A store has it now. */
  stored(partitionId: string, { sequenceNumber }: Place): void {
    this.#get(partitionId).stored = sequenceNumber;
  }

  #get(partitionId: string): Partition {
    const partition = this.#partitions.get(partitionId);
    if (partition === undefined) throw new Error(`partition ${partitionId} was not added`);
    return partition;
  }
}
