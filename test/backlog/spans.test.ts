import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Span, Spans } from '../../src/backlog/spans.js';

const MINUTE_MS = 60_000;
const times = fc.array(fc.nat(1000 * MINUTE_MS), { minLength: 1, maxLength: 40 });

function spansOf(all: readonly number[]): Spans {
  const spans = new Spans();
  for (const time of all) spans.add(time);
  return spans;
}

const covers = (spans: readonly Span[], time: number): boolean =>
  spans.some(([from, to]) => from <= time && time <= to);

test('every time that was added is covered, by at most 8 spans in order and apart', () => {
  fc.assert(
    fc.property(times, (all) => {
      const { list } = spansOf(all);
      for (const time of all) expect(covers(list, time)).toBe(true);
      expect(list.length).toBeLessThanOrEqual(8);
      for (const [at, [from, to]] of list.entries()) {
        expect(from).toBeLessThanOrEqual(to);
        expect(from).toBeGreaterThan(list[at - 1]?.[1] ?? Number.NEGATIVE_INFINITY);
      }
      // No wider than needed: the ends are times that were added.
      for (const span of list) for (const end of span) expect(all).toContain(end);
    }),
  );
});

test('what is cut off is gone, and nothing else', () => {
  fc.assert(
    fc.property(times, fc.nat(1000 * MINUTE_MS), (all, cut) => {
      const spans = spansOf(all);
      const before = spans.list;
      spans.cutBefore(cut);
      for (const time of all) expect(covers(spans.list, time)).toBe(time >= cut && covers(before, time));
      for (const [from] of spans.list) expect(from).toBeGreaterThanOrEqual(cut);
    }),
  );
});

describe('an old time among new ones', () => {
  test('is a span of its own', () => {
    const now = 10_000 * MINUTE_MS;
    expect(spansOf([now, now + 1000, 5, now + 2000]).list).toEqual([
      [5, 5],
      [now, now + 2000],
    ]);
  });

  test('joins the nearest spans when there are too many', () => {
    const far = [0, 10, 20, 30, 40, 50, 60, 70, 75].map((minutes) => minutes * MINUTE_MS * 10);
    const { list } = spansOf(far);
    expect(list).toHaveLength(8);
    expect(list.at(-1)).toEqual([700 * MINUTE_MS, 750 * MINUTE_MS]);
  });
});

test('what was written down is read back', () => {
  const spans = spansOf([1, 500 * MINUTE_MS]);
  expect(new Spans(spans.list).list).toEqual(spans.list);
  expect(new Spans().isEmpty).toBe(true);
});
