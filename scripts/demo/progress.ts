/** Waiting for what a run leads to, and giving up when nothing comes out of the hubs any more. */
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_AGAIN_MS = 20;

/** See the head of this file. */
export class Progress {
  /** Aborted when the run is to end: asked for, or because nothing comes out of the hubs any more. */
  readonly #over = new AbortController();
  readonly #patienceMs: number;
  #lastReadAt = performance.now();

  /**
   * @param patienceMs how long nothing may come; what is missing then is lost
   * @param interrupted ends the sending; what was sent is waited for
   */
  constructor(patienceMs: number, interrupted: AbortSignal) {
    this.#patienceMs = patienceMs;
    interrupted.addEventListener('abort', () => this.#over.abort());
  }

  /** Aborted when nothing new is to be begun. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Notes that something has come out of a hub. */
  hasRead(): void {
    this.#lastReadAt = performance.now();
  }

  /** Waits for a condition while the run goes on. */
  whileRunning(condition: () => boolean): Promise<void> {
    return this.until(() => this.over.aborted || condition());
  }

  /** Waits for a condition, or until nothing comes out of the hubs any more. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (performance.now() - this.#lastReadAt > this.#patienceMs) {
        this.#over.abort();
        return;
      }
      await delay(LOOK_AGAIN_MS);
    }
  }
}
