/** Waiting for conditions that nothing tells of. */
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_AGAIN_MS = 20;

/** Waits until a condition holds, or the signal is aborted. */
export async function untilTrue(condition: () => boolean, signal?: AbortSignal): Promise<void> {
  while (signal?.aborted !== true && !condition()) await delay(LOOK_AGAIN_MS);
}
