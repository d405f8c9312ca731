/** Waiting for conditions over real sockets, where nothing tells when they hold. */
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_AGAIN_MS = 10;
/** Looking must not take the processor from what is waited for: the pause is as many times as long as the look. */
const PAUSES_PER_LOOK = 4;
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
  for (;;) {
    const lookedAt = performance.now();
    if (await condition()) return;
    const now = performance.now();
    if (now > givenUpAt) throw new Error(`waited in vain until ${what}`);
    await delay(Math.max(LOOK_AGAIN_MS, PAUSES_PER_LOOK * (now - lookedAt)));
  }
}
