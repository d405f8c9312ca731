import { describe, expect, test } from 'vitest';
import { ArrivalRate } from '../../src/backlog/arrival-rate.js';

const WINDOWS = { sampleMs: 30_000, keepMs: 60_000 };

describe('a rate of arrival', () => {
  test('is the highest of its samples, kept for a while', () => {
    const rate = new ArrivalRate(WINDOWS);
    for (const bytes of [3000, 9000]) rate.add(bytes, 30_000);
    expect(rate.peak).toBe(300);
    for (let sample = 0; sample < 4; sample++) rate.add(3000, 30_000);
    expect(rate.peak).toBe(100);
  });

  test('that was only guessed is forgotten with the first sample', () => {
    const rate = new ArrivalRate(WINDOWS);
    rate.guess(1_000_000);
    expect([rate.peak, rate.isGuessed]).toEqual([1_000_000, true]);
    rate.add(3000, 30_000);
    expect([rate.peak, rate.isGuessed]).toEqual([100, false]);
    // When nothing has arrived for so long that the sample is forgotten, too, the guess does not come back.
    for (let sample = 0; sample < 6; sample++) rate.add(0, 30_000);
    expect(rate.peak).toBe(0);
  });

  test('is taken from what there is of a sample, if it is cut short after five seconds', () => {
    const rate = new ArrivalRate(WINDOWS);
    rate.add(4000, 4000);
    rate.interrupt();
    expect([rate.peak, rate.isGuessed]).toEqual([1000, true]);
    rate.add(500, 5000);
    rate.interrupt();
    expect([rate.peak, rate.isGuessed]).toEqual([100, false]);
  });
});
