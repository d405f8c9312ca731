/**
 * Which event of a batch is at fault. The hub takes or refuses a batch as a whole and does not say which event it
 * means, so a batch that is refused for good is divided in halves, each of those that is refused again, and so on
 * until one event is refused alone. One culprit among n events costs at most 1 + 2·log2(n) attempts (n rounded up to
 * a power of two); sending one by one would cost n. The order stays: a half is sent only when the one before it is
 * dealt with.
 *
 * A batch that was made for a larger message than the hub takes now is divided in the same way, and has no culprit.
 */
import type { SendError } from '../errors.js';
import type { QueueEntry } from './lane-queue.js';

/** What can be done about a refused batch. */
export type Remedy = 'try again' | 'divide' | { readonly replace: QueueEntry };

/**
 * Decides what is done about a refused batch. A pointer event that is refused alone, even for good, shows that the
 * fault is not in the event: it is tried again like any other failure, and nothing is let go.
 * @param entries of the batch, in order
 * @param failure why it was refused
 */
export function remedyFor(entries: readonly QueueEntry[], { retryable }: SendError): Remedy {
  if (retryable) return 'try again';
  const [first, second] = entries;
  if (second !== undefined) return 'divide';
  return first === undefined || first.replacing?.rejection !== undefined ? 'try again' : { replace: first };
}

/**
 * Divides the events of a refused batch: marks where the batches that are made of them next have to end.
 * @param entries in order, at least two; changed in place
 */
export function divide(entries: readonly QueueEntry[]): void {
  const half = entries[Math.ceil(entries.length / 2) - 1];
  const last = entries.at(-1);
  if (half === undefined || last === undefined) return;
  half.endsBatch = true;
  // What has come since must not share the fate of a half.
  last.endsBatch = true;
}
