import { expect, onTestFinished, test, vi } from 'vitest';
import { atTime, longestTimerMs } from './at-time.js';

const dayMs = 86_400_000;

function withFakeTime(): number {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  return Date.now();
}

test.each([0, 1, longestTimerMs - 1, longestTimerMs, longestTimerMs + 1, 100 * dayMs])(
  'a time %d ms away is waited for, and not cut short',
  (leftMs) => {
    const calls: number[] = [];
    const startedMs = withFakeTime();
    atTime(startedMs + leftMs, () => void calls.push(Date.now() - startedMs));
    expect(calls).toEqual([]);
    vi.advanceTimersByTime(leftMs);
    expect(calls).toEqual([leftMs]);
    expect(vi.getTimerCount()).toBe(0);
  },
);

test('a time that has passed is told of at once, but not before this returns', () => {
  let calls = 0;
  atTime(withFakeTime() - dayMs, () => calls++);
  expect(calls).toBe(0);
  vi.advanceTimersByTime(0);
  expect(calls).toBe(1);
});

test('a wait that is ended leaves no timer, at its first look or a later one', () => {
  let calls = 0;
  const end = atTime(withFakeTime() + 100 * dayMs, () => calls++);
  vi.advanceTimersByTime(60 * dayMs);
  end();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(60 * dayMs);
  expect(calls).toBe(0);
});
