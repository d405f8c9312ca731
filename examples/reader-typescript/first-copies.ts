/** Tells the first copy of an event from its repeats. */
export class FirstCopies {
  readonly #limit: number;
  /** A set keeps the order in which ids came, so the oldest one is the first. */
  readonly #ids = new Set<string>();

  /** @param limit how many ids are remembered: a repeat that comes later than so many events is not recognised. */
  constructor(limit = 100_000) {
    this.#limit = limit;
  }

  /**
   * Whether this id was not seen before; it is remembered from now on.
   * @param messageId `undefined` for an event that somebody else sent without an id: it cannot be recognised
   */
  isFirst(messageId: string | undefined): boolean {
    if (messageId === undefined) return true;
    if (this.#ids.has(messageId)) return false;
    this.#ids.add(messageId);
    const [oldest] = this.#ids;
    if (this.#ids.size > this.#limit && oldest !== undefined) this.#ids.delete(oldest);
    return true;
  }
}
