/** Recognises events that were read before, by their messageId, within a bounded memory. */

/** How many ids are remembered unless told otherwise: about 20 MB. */
export const REMEMBERED_IDS = 200_000;

/** Remembers the last ids; the oldest are forgotten first. */
export class RecentIds {
  readonly #capacity: number;
  /** A set keeps the order of insertion. */
  readonly #ids = new Set<string>();

  /** @param capacity how many ids are remembered; from 1 */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /**
   * Whether an id was seen before; it is remembered.
   * @param id of an event
   */
  isRepeat(id: string): boolean {
    if (this.#ids.has(id)) return true;
    this.#ids.add(id);
    if (this.#ids.size > this.#capacity) {
      const [oldest] = this.#ids;
      if (oldest !== undefined) this.#ids.delete(oldest);
    }
    return false;
  }

  /** How many ids are remembered now. */
  get size(): number {
    return this.#ids.size;
  }
}
