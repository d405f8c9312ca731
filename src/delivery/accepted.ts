/** What follows when the hub has accepted a batch: every delivery in it is settled, and what was changed is reported. */
import type { LaneObserver } from './lane-observer.js';
import type { QueueEntry } from './lane-queue.js';

/**
 * Settles the deliveries of a batch.
 * @param entries all of the batch
 * @param observer is told of the batch first, then of each event that another one was sent for
 */
export function settleAccepted(entries: readonly QueueEntry[], observer: LaneObserver): void {
  observer.sent(
    entries.length,
    entries.reduce((sum, { event }) => sum + event.body.length, 0),
  );
  for (const { delivery, event, replacing } of entries) {
    const rejection = replacing?.rejection;
    if (rejection !== undefined) observer.rejected(delivery.event, rejection);
    else if (replacing !== undefined && event !== delivery.event) observer.shrunk(delivery.event, event);
    delivery.settle(rejection === undefined ? 'delivered' : 'rejected');
  }
}
