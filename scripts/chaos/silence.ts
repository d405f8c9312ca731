/** The longest time in which nothing was heard of a device, a tenant or all although something was due. */

/** Times are in milliseconds, on any clock that never runs back. */
export class Silence {
  #due = 0;
  #sinceMs = 0;
  #longestMs = 0;

  /** Notes that one more is due. */
  expect(atMs: number): void {
    if (this.#due++ === 0) this.#sinceMs = atMs;
  }

  /** Notes that one is due no more. */
  settle(atMs: number): void {
    this.#note(atMs);
    this.#due--;
  }

  /** Notes that something was read, be it due or not. */
  hear(atMs: number): void {
    this.#note(atMs);
    this.#sinceMs = atMs;
  }

  /** The longest silence so far, in seconds. */
  longestSeconds(atMs: number): number {
    this.#note(atMs);
    return Math.round(this.#longestMs) / 1000;
  }

  #note(atMs: number): void {
    if (this.#due > 0) this.#longestMs = Math.max(this.#longestMs, atMs - this.#sinceMs);
  }
}
