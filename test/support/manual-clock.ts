/** A clock that only moves when it is told to, or when somebody waits. */
import type { Clock } from '../../src/destinations/predix-event-hub/clock.js';

/** See the head of this file. */
export class ManualClock implements Clock {
  #ms = 1000;
  /** What was waited for, in milliseconds. */
  readonly waits: number[] = [];
  /** Called before each wait, such as for what happens meanwhile. */
  onWait: () => void = () => undefined;

  now(): number {
    return this.#ms;
  }

  /** @param ms milliseconds */
  advance(ms: number): void {
    this.#ms += ms;
  }

  async wait(ms: number): Promise<void> {
    this.waits.push(ms);
    this.onWait();
    this.advance(ms);
  }
}
