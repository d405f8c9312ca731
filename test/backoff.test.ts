import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs, wait } from '../src/backoff.js';

const shape = fc.record({
  firstMs: fc.integer({ min: 1, max: 10_000 }),
  longestMs: fc.integer({ min: 1, max: 60_000 }),
});
const attempt = fc.integer({ min: 1, max: 5000 });
const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('no wait is longer than the longest, none shorter than half of what is due', () => {
  fc.assert(
    fc.property(attempt, shape, share, (number, options, random) => {
      const ms = backoffMs(number, options, random);
      const due = Math.min(options.longestMs, options.firstMs * 2 ** Math.min(number - 1, 30));
      expect(ms).toBeGreaterThanOrEqual(due / 2);
      expect(ms).toBeLessThanOrEqual(options.longestMs);
      expect(ms).toBeLessThanOrEqual(due);
    }),
  );
});

test('a later attempt never waits less, the chance being the same', () => {
  fc.assert(
    fc.property(attempt, shape, share, (number, options, random) => {
      const ms = backoffMs(number, options, random);
      expect(backoffMs(number + 1, options, random)).toBeGreaterThanOrEqual(ms);
    }),
  );
});

test.each([
  [1, 50, 100],
  [2, 100, 200],
  [3, 200, 400],
  [4, 400, 800],
  [5, 500, 1000],
  [100, 500, 1000],
])('attempt %i of a backoff from 100 to 1000 waits %i to %i milliseconds', (number, least, most) => {
  const options = { firstMs: 100, longestMs: 1000 };
  expect(backoffMs(number, options, 0)).toBe(least);
  expect(backoffMs(number, options, 1)).toBe(most);
});

test('without a given chance the waits of many differ', () => {
  const waits = Array.from({ length: 20 }, () => backoffMs(3, { firstMs: 1000, longestMs: 60_000 }));
  expect(new Set(waits).size).toBeGreaterThan(1);
});

function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

test('a wait ends when it is over', async () => {
  await expect(wait(1, new AbortController().signal)).resolves.toBeUndefined();
});

test('an abort ends a wait of an hour at once and leaves no timer', async () => {
  const before = timers();
  const controller = new AbortController();
  const waiting = wait(3_600_000, controller.signal);
  expect(timers()).toBe(before + 1);
  controller.abort();
  await expect(waiting).resolves.toBeUndefined();
  expect(timers()).toBe(before);
});

test('a wait on a signal that is aborted already takes no time and makes no timer', async () => {
  const before = timers();
  await expect(wait(3_600_000, AbortSignal.abort())).resolves.toBeUndefined();
  expect(timers()).toBe(before);
});
