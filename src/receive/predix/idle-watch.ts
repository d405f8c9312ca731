/** Notices that nothing comes, and says what the reason may be. */

/** See the head of this file. */
export class IdleWatch {
  readonly #idleMs: number;
  readonly #tell: () => void;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param idleMs after so many milliseconds without a message
   * @param tell called once for each time that nothing comes
   */
  constructor(idleMs: number, tell: () => void) {
    this.#idleMs = idleMs;
    this.#tell = tell;
  }

  /** Begins, or a message has come. */
  touch(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tell(), this.#idleMs);
  }

  /** Ends it. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** The remark (seed, "Best Practices"). */
export function idleRemark(idleMs: number, subscriber: string): string {
  return (
    `nothing has come for ${idleMs / 1000} s. If something was published meanwhile, look for another running ` +
    `subscriber with the name "${subscriber}": those of one name share the messages`
  );
}
