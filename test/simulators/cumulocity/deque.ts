/** Below this many consumed places it is cheaper to leave them than to move the rest. */
const COMPACT_FROM = 1024;

/** First-in, first-out list with constant-time ends; `Array.shift` would move every element each time. */
export class Deque<T> {
  #places: (T | undefined)[] = [];
  #head = 0;

  /** Number of elements. */
  get length(): number {
    return this.#places.length - this.#head;
  }

  /** Adds at the end. */
  push(element: T): void {
    this.#places.push(element);
  }

  /** The first element, which stays. */
  peek(): T | undefined {
    return this.#places[this.#head];
  }

  /** Takes the first element. */
  shift(): T | undefined {
    const first = this.#places[this.#head];
    if (this.length === 0) return undefined;
    this.#places[this.#head++] = undefined;
    if (this.#head === this.#places.length) this.clear();
    else if (this.#head > COMPACT_FROM && this.#head * 2 > this.#places.length) {
      this.#places = this.#places.slice(this.#head);
      this.#head = 0;
    }
    return first;
  }

  /** Removes everything. */
  clear(): void {
    this.#places = [];
    this.#head = 0;
  }

  /** From first to last. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let i = this.#head; i < this.#places.length; i++) yield this.#places[i] as T;
  }

  /** From last to first. */
  *backwards(): IterableIterator<T> {
    for (let i = this.#places.length - 1; i >= this.#head; i--) yield this.#places[i] as T;
  }
}
