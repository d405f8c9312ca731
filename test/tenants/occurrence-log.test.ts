import { expect, test } from 'vitest';
import { OccurrenceLog } from '../../src/tenants/occurrence-log.js';

function clocked(): { log: OccurrenceLog; clock: { now: number } } {
  const clock = { now: 0 };
  return { log: new OccurrenceLog(() => clock.now, { firstMs: 10, longestMs: 40 }), clock };
}

test('the first occurrence is news, and each later one only once its interval is over, which grows', () => {
  const { log, clock } = clocked();
  const told: [at: number, count: number][] = [];
  for (clock.now = 0; clock.now <= 150; clock.now++) {
    const count = log.note('a');
    if (count > 0) told.push([clock.now, count]);
  }
  expect(told).toEqual([
    [0, 1],
    [10, 10],
    [30, 20],
    [70, 40],
    [110, 40],
    [150, 40],
  ]);
});

test('what happens after a long silence is news, and the intervals are short again', () => {
  const { log, clock } = clocked();
  for (clock.now = 0; clock.now < 100; clock.now++) log.note('a');
  clock.now = 10_000;
  expect(log.note('a')).toBeGreaterThan(0);
  clock.now = 10_010;
  expect(log.note('a')).toBe(1);
});

test('each kind has intervals of its own', () => {
  const { log } = clocked();
  expect([log.note('a'), log.note('a'), log.note('b')]).toEqual([1, 0, 1]);
});
