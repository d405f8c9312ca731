/**
 * What the process may keep in memory of notifications, divided evenly among its routes: no tenant's backlog takes
 * the place of another's, however many there are, and all together stay below the limit of the container.
 */

/** A route's share. */
export interface MemoryShare {
  /** What it may keep now; fewer or more when routes come and go. */
  readonly bytes: number;
  /** Gives it back. */
  leave(): void;
}

/** See the head of this file. */
export class MemoryShares {
  readonly #totalBytes: number;
  readonly #mostBytes: number;
  #shares = 0;

  /**
   * @param totalBytes of all shares
   * @param mostBytes of one share
   */
  constructor(totalBytes: number, mostBytes: number) {
    this.#totalBytes = totalBytes;
    this.#mostBytes = mostBytes;
  }

  /** A share more; the others become smaller. */
  join(): MemoryShare {
    this.#shares++;
    const bytes = (): number => Math.min(this.#mostBytes, this.#totalBytes / this.#shares);
    let hasLeft = false;
    return {
      get bytes() {
        return bytes();
      },
      leave: () => {
        if (!hasLeft) this.#shares--;
        hasLeft = true;
      },
    };
  }
}
