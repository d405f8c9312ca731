/**
 * Decides what is logged of things that may happen without end: the first at once, then a count at growing
 * intervals. What happens after a long silence is news again. There is no timer: a line is written when something
 * happens.
 */

/** Times in milliseconds. */
export interface Intervals {
  readonly firstMs: number;
  readonly longestMs: number;
}

const INTERVALS: Intervals = { firstMs: 10_000, longestMs: 3_600_000 };

interface Kind {
  /** Since the last line. */
  count: number;
  intervalMs: number;
  /** Nothing is logged before. */
  dueAt: number;
}

/** See the head of this file. */
export class OccurrenceLog {
  readonly #now: () => number;
  readonly #intervals: Intervals;
  readonly #kinds = new Map<string, Kind>();

  /**
   * @param now milliseconds of a clock that only goes forward
   * @param intervals from one line to the next, of a kind
   */
  constructor(now: () => number = () => performance.now(), intervals: Intervals = INTERVALS) {
    this.#now = now;
    this.#intervals = intervals;
  }

  /**
   * Notes an occurrence.
   * @param kind from a bounded set
   * @returns of how many occurrences a line has to tell now; 0: none has to be written
   */
  note(kind: string): number {
    const now = this.#now();
    const { firstMs, longestMs } = this.#intervals;
    const known = this.#kinds.get(kind);
    const count = (known?.count ?? 0) + 1;
    if (known !== undefined && now < known.dueAt) {
      known.count = count;
      return 0;
    }
    const wasQuiet = known === undefined || now >= known.dueAt + known.intervalMs;
    const intervalMs = wasQuiet ? firstMs : Math.min(2 * known.intervalMs, longestMs);
    this.#kinds.set(kind, { count: 0, intervalMs, dueAt: now + intervalMs });
    return count;
  }
}
