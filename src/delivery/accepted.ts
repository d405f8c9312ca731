/** What follows when the hub has accepted events: their deliveries are settled, and what was changed is reported. */
import type { LaneObserver } from './lane-observer.js';
import type { QueueEntry } from './lane-queue.js';

/**
 * Settles deliveries.
 * @param entries whose events the hub has
 * @param observer is told of each event that another one was sent for
 */
export function settleAccepted(entries: readonly QueueEntry[], observer: LaneObserver): void {
  for (const { delivery, event, replacing } of entries) {
    const rejection = replacing?.rejection;
    if (rejection !== undefined) observer.rejected(delivery.event, rejection);
    else if (replacing !== undefined && event !== delivery.event) observer.shrunk(delivery.event, event);
    delivery.settle(rejection === undefined ? 'delivered' : 'rejected');
  }
}
