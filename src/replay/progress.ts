/**
 * How far the replay of one source has come. Events are accepted by the hub in their order, but not one by one; what
 * counts is the front: everything before it is in the hub.
 */

import type { ReplayableApi } from '../backlog/share.js';
import type { Outcome } from '../delivery/delivery.js';

interface Step {
  readonly api: ReplayableApi;
  readonly time: number;
  isDone: boolean;
}

/** What the front has passed since it was last asked. */
export interface Advance {
  /** Everything before this time is in the hub; that time itself may not be, as other records can share it. */
  readonly time: number;
  readonly replayed: ReadonlyMap<ReplayableApi, number>;
}

/** See the head of this file. */
export class Progress {
  readonly #steps: Step[] = [];
  #isBroken = false;
  #outstanding = 0;
  #outstandingBytes = 0;
  #onSettled: () => void = () => undefined;

  /** Whether an event was abandoned: the source has to be read again from the front on. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /**
   * Notes a record whose event is on its way.
   * @param bytes of its body
   * @returns to be called with the event's outcome
   */
  begin(api: ReplayableApi, time: number, bytes: number): (outcome: Outcome) => void {
    const step = { api, time, isDone: false };
    this.#steps.push(step);
    this.#outstanding++;
    this.#outstandingBytes += bytes;
    return (outcome) => {
      if (outcome === 'abandoned') this.#isBroken = true;
      else step.isDone = true;
      this.#outstanding--;
      this.#outstandingBytes -= bytes;
      this.#onSettled();
    };
  }

  /**
   * Resolves when no more than this many events, with no more than this many bytes, are on their way. One caller at a
   * time.
   */
  async atMost(events: number, bytes = Number.POSITIVE_INFINITY): Promise<void> {
    while (this.#outstanding > events || this.#outstandingBytes > bytes) {
      await new Promise<void>((resolve) => {
        this.#onSettled = resolve;
      });
    }
  }

  /** What the front has passed; `undefined` when it has not moved. */
  take(): Advance | undefined {
    const open = this.#steps.findIndex(({ isDone }) => !isDone);
    const done = this.#steps.splice(0, open === -1 ? this.#steps.length : open);
    const last = done.at(-1);
    if (last === undefined) return undefined;
    const replayed = new Map<ReplayableApi, number>();
    for (const { api } of done) replayed.set(api, (replayed.get(api) ?? 0) + 1);
    return { time: last.time, replayed };
  }
}
