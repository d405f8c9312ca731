/**
 * Takes deliveries off lanes that do not get on, so that their notifications need not wait for the hub: what cannot
 * wait is the topic, which must not fill up. Off, it takes nothing.
 */
import type { Delivery } from './delivery.js';

/** See the head of this file. */
export interface Relief {
  readonly isOn: boolean;
  /**
   * Takes a delivery, and settles it.
   * @returns `false` when it is not taken: it has to stay where it is
   */
  take(delivery: Delivery): boolean;
}

/** Takes nothing. */
export const NO_RELIEF: Relief = { isOn: false, take: () => false };
