/** Writes checkpoints: every few seconds, and once more at the end. */
import type { Checkpoint, CheckpointStore } from '@azure/event-hubs';
import { reasonOf } from '../errors.js';
import type { Positions } from './positions.js';

/** Whose checkpoints they are. */
export type ReaderNames = Pick<Checkpoint, 'fullyQualifiedNamespace' | 'eventHubName' | 'consumerGroup'>;

/** See the head of this file. A failed write is no reason to stop reading: the next one covers it. */
export class Checkpoints {
  readonly #store: CheckpointStore;
  readonly #names: ReaderNames;
  readonly #positions: Positions;
  readonly #notice: (text: string) => void;
  #timer: NodeJS.Timeout | undefined;
  /** The write that is under way, or the last one. */
  #writing: Promise<boolean> = Promise.resolve(true);
  #isFailing = false;

  /**
   * @param store where they are kept
   * @param names whose they are
   * @param positions what is written
   * @param notice told once when writing begins to fail, and once when it works again
   */
  constructor(
    store: CheckpointStore,
    names: ReaderNames,
    positions: Positions,
    notice: (text: string) => void,
  ) {
    this.#store = store;
    this.#names = names;
    this.#positions = positions;
    this.#notice = notice;
  }

  /**
   * Writes from now on.
   * @param everyMs milliseconds between two rounds
   */
  start(everyMs: number): void {
    this.#timer = setInterval(() => void this.write(), everyMs);
  }

  /**
   * Writes what the store does not have yet.
   * @returns whether the store has everything now
   */
  write(): Promise<boolean> {
    // One round after the other: an older place must not overtake a newer one.
    this.#writing = this.#writing.then(() => this.#writeAll());
    return this.#writing;
  }

  /**
   * Writes for the last time.
   * @returns whether the store has everything now
   */
  stop(): Promise<boolean> {
    clearInterval(this.#timer);
    return this.write();
  }

  async #writeAll(): Promise<boolean> {
    try {
      for (const [partitionId, place] of this.#positions.unstored()) {
        await this.#store.updateCheckpoint({ ...this.#names, partitionId, ...place });
        this.#positions.stored(partitionId, place);
      }
    } catch (thrown) {
      if (!this.#isFailing)
        this.#notice(`checkpoints cannot be written, reading goes on: ${reasonOf(thrown)}`);
      this.#isFailing = true;
      return false;
    }
    if (this.#isFailing) this.#notice('checkpoints are written again');
    this.#isFailing = false;
    return true;
  }
}
