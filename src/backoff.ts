/** Growing, jittered waits between attempts, cut short by a signal. */
import { setTimeout as delay } from 'node:timers/promises';

/** The shape of a sequence of waits, in milliseconds. */
export interface BackoffOptions {
  /** The wait after the first failed attempt, before jitter. */
  readonly firstMs: number;
  /** No wait is longer, save where the other side asks for more. */
  readonly longestMs: number;
}

/**
 * The wait after a failed attempt: doubles with each attempt up to the longest, then half of it at random, so
 * that many waiters do not come back at the same moment.
 *
 *     attempt            1        2        3        4        5     (firstMs 100, longestMs 1000)
 *     wait in ms      50-100  100-200  200-400  400-800  500-1000
 *
 * @param attempt the attempt that failed, from 1
 * @param options the shape
 * @param random a number from 0 up to 1; for tests
 * @returns milliseconds
 */
export function backoffMs(attempt: number, options: BackoffOptions, random = Math.random()): number {
  const full = Math.min(options.longestMs, options.firstMs * 2 ** Math.min(attempt - 1, 30));
  return full / 2 + (full / 2) * random;
}

/**
 * Waits, or less when the signal is aborted meanwhile.
 * @param ms milliseconds
 * @param signal cuts the wait short
 */
export async function wait(ms: number, signal: AbortSignal): Promise<void> {
  // A cut wait is not an error: every caller looks at its signal next.
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
