/**
 * How many replays the process makes at once. Each keeps some pages of records in memory and asks the platform for
 * more all the time; what has waited for hours can wait for its turn.
 */
import { withAbort } from '../abort.js';

/** See the head of this file. */
export class ReplaySlots {
  readonly #most: number;
  #taken = 0;
  #waiting: (() => void)[] = [];

  /** @param most replays at once */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Runs something when it is its turn.
   * @param signal ends the wait; then it is run all the same, and has to look at its own signal
   */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#taken >= this.#most) await this.#turn(signal);
    this.#taken++;
    try {
      return await work();
    } finally {
      this.#taken--;
      this.#waiting.shift()?.();
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    return withAbort(signal, (controller) => {
      return new Promise<void>((resolve) => {
        const go = (): void => {
          this.#waiting = this.#waiting.filter((each) => each !== go);
          resolve();
        };
        this.#waiting.push(go);
        controller.signal.addEventListener('abort', go);
        if (controller.signal.aborted) go();
      });
    });
  }
}
