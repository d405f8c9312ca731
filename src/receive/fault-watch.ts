/** Tells faults that somebody must mend from those that pass. */
import { codeOf, isLasting } from './failures.js';

/** So many of the same kind in a row, without an event or a quiet second in between, are no passing fault. */
const IN_A_ROW = 3;

/** See the head of this file. One for each reading; keeps count by partition. */
export class FaultWatch {
  readonly #works = new Set<string>();
  readonly #inARow = new Map<string, number>();

  /** A partition is being read. */
  works(partitionId: string): void {
    this.#works.add(partitionId);
    this.#inARow.delete(partitionId);
  }

  /**
   * Counts a fault.
   * @param partitionId where; empty when it concerns all
   * @param thrown what the SDK gave
   * @param isShared whether copies share the partitions, so that losing one to another is in order
   * @returns whether reading should end. A refusal at the first contact means a wrong setting; later it can mean
   *   a key that is just being changed, so it is given a few tries.
   */
  isFatal(partitionId: string, thrown: unknown, isShared: boolean): boolean {
    if (!isLasting(thrown)) return false;
    const inARow = (this.#inARow.get(partitionId) ?? 0) + 1;
    this.#inARow.set(partitionId, inARow);
    if (inARow >= IN_A_ROW) return true;
    // Two that do not share would take the partition from each other for ever.
    if (isTakeover(thrown)) return !isShared;
    return !this.#works.has(partitionId);
  }
}

/** Whether another reader has taken the partition. */
export function isTakeover(thrown: unknown): boolean {
  return codeOf(thrown) === 'ReceiverDisconnectedError';
}
