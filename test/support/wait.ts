/** Waiting for conditions over real sockets, where nothing tells when they hold. */
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_AGAIN_MS = 10;
/** A bound that names the condition, well below a test's own; never a measure. */
const GIVE_UP_MS = 20_000;

/**
 * Waits until a condition holds.
 * @param what the condition in words, for the error
 * @param condition looked at every few milliseconds
 * @throws when it does not hold within 20 s
 */
export async function waitUntil(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const givenUpAt = performance.now() + GIVE_UP_MS;
  while (!(await condition())) {
    if (performance.now() > givenUpAt) throw new Error(`waited in vain until ${what}`);
    await delay(LOOK_AGAIN_MS);
  }
}
