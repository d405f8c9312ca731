/** What is told of a run, with the time that it has taken. */

/** See the head of this file. */
export class News {
  readonly #write: (line: string) => void;
  #originMs = performance.now();

  /** @param write takes one line */
  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  /** From when times are counted, on the clock of `performance.now`. */
  get originMs(): number {
    return this.#originMs;
  }

  /** Counts times from now on. */
  restart(): void {
    this.#originMs = performance.now();
  }

  /** Tells something. */
  say(text: string): void {
    const seconds = (performance.now() - this.#originMs) / 1000;
    this.#write(`${seconds.toFixed(1).padStart(6)} s  ${text}`);
  }
}
