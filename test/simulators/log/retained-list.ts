/** Numbered entries in memory, of which those that are too old are forgotten. */

/** How often the age of the oldest entry is looked at, in milliseconds: expiry is no work per entry. */
const expiryCheckMs = 1000;

/**
 * Entries with consecutive numbers. Appending and reading cost nothing that grows with the list; finding one by
 * what it holds is a binary search.
 */
export class RetainedList<T> {
  readonly #retentionMs: number;
  readonly #timeOf: (entry: T) => number;
  #entries: T[] = [];
  #next: number;
  #checkedMs = 0;

  /**
   * @param retentionMs how long entries are kept, in milliseconds.
   * @param timeOf when an entry was taken in, in milliseconds since 1970; never less than that of the one before.
   * @param next the number of the first entry.
   */
  constructor(retentionMs: number, timeOf: (entry: T) => number, next = 0) {
    this.#retentionMs = retentionMs;
    this.#timeOf = timeOf;
    this.#next = next;
  }

  /** The number that the next entry gets. */
  get next(): number {
    return this.#next;
  }

  /** The number of the oldest entry that is kept; that of the next one when none is. */
  get first(): number {
    return this.#next - this.#entries.length;
  }

  /** How many entries are kept. */
  get length(): number {
    return this.#entries.length;
  }

  /** A copy of the entries, oldest first. */
  entries(): readonly T[] {
    return this.#entries.slice();
  }

  /** The entry of that number, or undefined when there is none yet or no longer. */
  at(number: number): T | undefined {
    return this.#entries[number - this.first];
  }

  /** Has the entries that follow begin at another number; for a list without entries. */
  continueAt(next: number): void {
    this.#next = next + this.#entries.length;
  }

  /** Appends an entry. */
  push(entry: T): void {
    this.#entries.push(entry);
    this.#next += 1;
  }

  /** The number of the first entry that passes a test which all behind it pass too; else of the next one. */
  firstWhere(test: (entry: T) => boolean): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#entries[middle];
      if (entry !== undefined && test(entry)) high = middle;
      else low = middle + 1;
    }
    return this.first + low;
  }

  /** Forgets what is too old now. */
  expire(): void {
    const now = Date.now();
    if (now - this.#checkedMs < Math.min(expiryCheckMs, this.#retentionMs)) return;
    this.#checkedMs = now;
    const limit = now - this.#retentionMs;
    const [oldest] = this.#entries;
    if (oldest === undefined || this.#timeOf(oldest) >= limit) return;
    this.#entries = this.#entries.slice(
      this.firstWhere((entry) => this.#timeOf(entry) >= limit) - this.first,
    );
  }
}
