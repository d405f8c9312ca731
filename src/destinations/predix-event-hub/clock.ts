/** The time that waits are measured by. */
import { wait } from '../../backoff.js';

/** Tests have one of their own. */
export interface Clock {
  /** Milliseconds since any moment; never backwards. */
  now(): number;
  /**
   * Waits, or less when the signal is aborted meanwhile.
   * @param ms milliseconds
   */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** The process's own. */
export const REAL_CLOCK: Clock = { now: () => performance.now(), wait };
