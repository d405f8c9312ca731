/**
 * Which event of a batch is at fault. The hub takes or refuses a batch as a whole and does not say which event it
 * means, so a batch that is refused for good is divided in halves, each of those that is refused again, and so on
 * until one event is refused alone. One culprit among n events costs at most 1 + 2·log2(n) attempts (n rounded up to
 * a power of two); sending one by one would cost n. The order stays: a half is sent only when the one before it is
 * dealt with.
 *
 * A batch that was made for a larger message than the hub takes now is divided in the same way, and has no culprit.
 */
import type { QueueEntry } from './lane-queue.js';

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
