/** A hub event on its way, with its answer still due. */
import type { HubEvent } from '../mapping/hub-event.js';

/**
 * How a delivery ends.
 * - `delivered`: the hub has accepted the event. Releases the acknowledgement.
 * - `rejected`: the hub will never accept it; a pointer event took its place. Releases the acknowledgement.
 * - `letGo`: it was written down that it is missing, and a replay will bring it back. Releases the acknowledgement.
 * - `abandoned`: it was not sent, or its fate is unknown, and it will come again. Never acknowledged.
 */
export type Outcome = 'delivered' | 'rejected' | 'letGo' | 'abandoned';

/** A hub event and the function that settles it. */
export interface Delivery {
  readonly event: HubEvent;
  /** Gives the outcome. The first call wins, further ones do nothing. */
  settle(outcome: Outcome): void;
}
