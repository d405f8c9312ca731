/**
 * Spans of time, few and disjoint: what has to be asked for again. A device that delivers one value of last week
 * among those of today gives two spans, not one that covers the week.
 */

/** A span; both ends belong to it. Milliseconds since 1970. */
export type Span = readonly [from: number, to: number];

/** Times that lie no further apart are one span. */
const NEAR_MS = 60_000;
/** Beyond this many, the two spans with the least time between them become one. */
const MOST = 8;

/** See the head of this file. */
export class Spans {
  #spans: Span[];

  /** @param spans in order and disjoint, as `list` gives them */
  constructor(spans: readonly Span[] = []) {
    this.#spans = [...spans];
  }

  /** In order. */
  get list(): readonly Span[] {
    return this.#spans;
  }

  get isEmpty(): boolean {
    return this.#spans.length === 0;
  }

  /** Adds a time. Most times belong to the last span, or lie behind it. */
  add(time: number): void {
    this.addSpan([time, time]);
  }

  /** Adds a span. */
  addSpan(added: Span): void {
    let [from, to] = added;
    const before: Span[] = [];
    const behind: Span[] = [];
    for (const span of this.#spans) {
      if (span[1] < from - NEAR_MS) before.push(span);
      else if (span[0] > to + NEAR_MS) behind.push(span);
      else {
        from = Math.min(from, span[0]);
        to = Math.max(to, span[1]);
      }
    }
    this.#spans = [...before, [from, to], ...behind];
    if (this.#spans.length > MOST) this.#joinNearest();
  }

  /** Takes away everything before a time, which itself stays. */
  cutBefore(time: number): void {
    this.#spans = this.#spans
      .filter(([, to]) => to >= time)
      .map(([from, to]) => [Math.max(from, time), to] as const);
  }

  #joinNearest(): void {
    let nearest = 1;
    const distance = (at: number): number => (this.#spans[at]?.[0] ?? 0) - (this.#spans[at - 1]?.[1] ?? 0);
    for (let at = 2; at < this.#spans.length; at++) if (distance(at) < distance(nearest)) nearest = at;
    const [left, right] = this.#spans.slice(nearest - 1, nearest + 1);
    if (left === undefined || right === undefined) return;
    this.#spans.splice(nearest - 1, 2, [left[0], right[1]]);
  }
}
