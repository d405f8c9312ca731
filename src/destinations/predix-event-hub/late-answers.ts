/** Messages that nobody waits for any more, by id: they may be answered all the same, for as long as others. */

/** See the head of this file. */
export class LateAnswers {
  readonly #answerMs: number;
  readonly #messages = new Map<string, readonly Buffer[]>();

  /** @param answerMs how long an answer may take, in milliseconds */
  constructor(answerMs: number) {
    this.#answerMs = answerMs;
  }

  /** The messages with this id that may still be answered. */
  of(id: string): readonly Buffer[] {
    return this.#messages.get(id) ?? [];
  }

  /** A message was given up. */
  expect(id: string, message: Buffer): void {
    this.#messages.set(id, [...this.of(id), message]);
    setTimeout(() => this.#drop(id, message), this.#answerMs).unref();
  }

  /** An answer has come that nobody waits for. */
  take(id: string): void {
    const [first] = this.of(id);
    if (first !== undefined) this.#drop(id, first);
  }

  #drop(id: string, message: Buffer): void {
    const others = this.of(id).filter((each) => each !== message);
    if (others.length > 0) this.#messages.set(id, others);
    else this.#messages.delete(id);
  }
}
