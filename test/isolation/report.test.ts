import { describe, expect, it } from 'vitest';
import { isGood, lines, percentile, type Round, roundOf, rowsOf } from '../../scripts/isolation/report.js';

/** A round in which the fault made the 99th percentile so many times as long. */
function round(fault: string, ratio: number): Round {
  return { fault, calmP50: 1, calmP99: 10, faultP50: 1, faultP99: 10 * ratio, events: 100 };
}

describe('the figures of npm run isolation', () => {
  it('takes the value that a part of all values is not above', () => {
    const values = Array.from({ length: 200 }, (_, at) => 200 - at);
    expect([0, 0.5, 0.99, 1].map((part) => percentile(values, part))).toEqual([1, 100, 198, 200]);
    expect(percentile([], 0.99)).toBe(0);
  });

  it('compares a phase with the geometric mean of its calm neighbours', () => {
    const found = roundOf('dead-hub', [2, 2, 2], [6, 6], [8, 8, 8]);
    expect(found).toEqual({ fault: 'dead-hub', calmP50: 4, calmP99: 4, faultP50: 6, faultP99: 6, events: 2 });
  });

  it('has the median of the rounds decide, so that one bad moment does not', () => {
    const rounds = [1, 9, 1.1].map((ratio) => round('dead-hub', ratio));
    const [row] = rowsOf(rounds);
    expect(row).toMatchObject({ fault: 'dead-hub', events: 300 });
    expect(row?.ratio).toBeCloseTo(1.1);
    expect(isGood(rowsOf(rounds))).toBe(true);
  });

  it('is bad when a fault made the others slower than is allowed; controls decide nothing', () => {
    expect(isGood(rowsOf([round('none', 3), round('large', 3), round('dead-hub', 1.2)]))).toBe(true);
    expect(isGood(rowsOf([round('dead-hub', 1), round('oversize', 1.21)]))).toBe(false);
  });

  it('is bad when nothing was measured', () => {
    expect(isGood([])).toBe(false);
    expect(isGood(rowsOf([{ ...round('dead-hub', 1), events: 0 }]))).toBe(false);
  });

  it('shows a row for each fault', () => {
    const table = lines(rowsOf([round('none', 1), round('oversize', 1.5)]));
    expect(table).toHaveLength(3);
    expect(table[2]).toMatch(/^oversize .* 15\.0 .* 1\.50/);
  });
});
