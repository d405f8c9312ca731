/** What lanes report. Every method is called synchronously and must not throw. */
import type { SendError } from '../errors.js';
import type { HubEvent } from '../mapping/hub-event.js';
import type { Rejection } from '../mapping/rejection.js';

/** Of one lane. */
export interface LaneObserver {
  /** A batch was accepted. */
  sent(events: number, bytes: number): void;
  /** An attempt failed; the lane waits and tries again. */
  failed(failure: SendError, partitionId: string, attempt: number): void;
  /** The hub answers again after a failure. */
  recovered(partitionId: string): void;
  /** The hub has taken a smaller form of an event that was too large. */
  shrunk(event: HubEvent, smaller: HubEvent): void;
  /** The hub will never take this event; it has taken a pointer event in its place. */
  rejected(event: HubEvent, rejection: Rejection): void;
}

/** Of all lanes of a destination. */
export interface LanesObserver extends LaneObserver {
  /** The hub has other partitions than before, and the lanes were made anew: none of them has failed yet. */
  partitionsChanged(before: number, now: number): void;
}
