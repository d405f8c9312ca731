/**
 * The times at which a topic stores its messages. No two are the same, and none is before another, over all of its
 * partitions: who reads several of them has no other order between their messages.
 */

const microsPerMs = 1000;

/** See the head of this file. In microseconds since 1970. */
export class StoreClock {
  #last = 0;

  /** The time of a message that is stored now: that of the computer, unless it was given out, or runs back. */
  next(): number {
    this.#last = Math.max(Date.now() * microsPerMs, this.#last + 1);
    return this.#last;
  }

  /** Notes the time of a message that was stored before, in milliseconds since 1970. */
  passed(storedMs: number): void {
    this.#last = Math.max(this.#last, (storedMs + 1) * microsPerMs - 1);
  }
}
