/** What the lanes need of an event hub. Each kind of hub implements it; retries are the caller's alone. */
import type { SendError } from '../errors.js';
import type { HubEvent } from '../mapping/hub-event.js';

/**
 * Takes the hub's answer for one event by itself: accepted, or why not. What was answered is not sent again.
 * @param index of the event in its batch, from 0
 */
export type Answer = (index: number, failure: SendError | undefined) => void;

/** Events that are sent, and accepted or refused, together. Made for one partition. */
export interface Batch {
  /**
   * Adds an event.
   * @returns `false` when the batch has no room for it; in an empty batch: when it is too large to be sent at all
   */
  tryAdd(event: HubEvent): boolean;

  /**
   * Whether an event may not be in the same batch as those that are in it. A hub that answers for each event by
   * itself may take the later one of two and refuse the earlier one, and their order would be lost. Not there: the
   * hub takes or refuses a batch as a whole.
   */
  mustWait?(event: HubEvent): boolean;

  /** Whether the destination has changed since, so that a new batch has to be made for the same events. */
  readonly isStale: boolean;
}

/** A connection to one event hub. Every method rejects with a `SendError`. */
export interface Destination<B extends Batch = Batch> {
  /**
   * Connects and learns the partitions. May be called again, to see whether they are still the same.
   * @param signal gives up when aborted
   * @returns the partition ids, in the hub's order; at least one
   */
  open(signal: AbortSignal): Promise<readonly string[]>;

  /**
   * The partition that all events of one key go to.
   * @param key the partition key, e.g. a source id
   * @param partitionIds what `open` returned
   */
  partitionFor(key: string, partitionIds: readonly string[]): string;

  /** Makes an empty batch that closes on the largest message the hub takes. */
  createBatch(partitionId: string, signal: AbortSignal): Promise<B>;

  /**
   * Sends a batch; may be called again with the same one, unless it is stale.
   * @param answer called for events that the hub answers for by themselves, before the promise is settled
   * @returns resolves when the hub has accepted all events that were not answered; rejects if it has refused them
   */
  send(batch: B, signal: AbortSignal, answer: Answer): Promise<void>;

  /** Closes the connection. Never rejects. */
  close(): Promise<void>;
}
