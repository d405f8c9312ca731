import { describe, expect, it } from 'vitest';
import {
  CATALOGUE,
  DEFAULT_FAULTS,
  PREDIX_CATALOGUE,
  PREDIX_DEFAULT_FAULTS,
} from '../../scripts/chaos/catalogue.js';
import { countStrikes, type FaultTiming, makeSchedule, type Plan } from '../../scripts/chaos/schedule.js';

const PLAN: Plan = { seed: 1, seconds: 60, faults: DEFAULT_FAULTS, tenants: 3, copies: 1 };
const SEEDS = Array.from({ length: 40 }, (_, at) => at);

function fault(name: string, more: Partial<FaultTiming> = {}): FaultTiming {
  return { name, lasts: [1, 3], reach: 'all', ...more };
}

/** What a strike takes hold of. */
function holdOf(name: string, strike: { readonly tenant: number; readonly copy: number }): string {
  const found = CATALOGUE.find((each) => each.name === name);
  const place = { tenant: strike.tenant, copy: strike.copy, all: '' }[found?.reach ?? 'all'];
  return `${found?.holds ?? name} ${place}`;
}

describe('the schedule', () => {
  it('is the same for the same seed, and another one for another', () => {
    expect(makeSchedule(PLAN)).toEqual(makeSchedule(PLAN));
    expect(makeSchedule(PLAN)).not.toEqual(makeSchedule({ ...PLAN, seed: 2 }));
  });

  it.each([
    ['Azure Event Hubs', DEFAULT_FAULTS],
    ['a Predix Event Hub', PREDIX_DEFAULT_FAULTS],
  ])('has every fault at least once in a minute with %s, whatever the seed', (_, faults) => {
    for (const seed of SEEDS) {
      const counts = countStrikes(makeSchedule({ ...PLAN, faults, seed }), faults);
      expect(Object.entries(counts).filter(([, times]) => times === 0)).toEqual([]);
    }
  });

  it('lets nothing last beyond the time under faults', () => {
    for (const seconds of [1, 5, 60]) {
      for (const seed of SEEDS) {
        for (const { startMs, endMs } of makeSchedule({ ...PLAN, seed, seconds })) {
          expect(startMs).toBeGreaterThanOrEqual(0);
          expect(endMs).toBeGreaterThanOrEqual(startMs);
          expect(endMs).toBeLessThanOrEqual(seconds * 1000);
        }
      }
    }
  });

  it('never lets two faults overlap that take hold of the same', () => {
    for (const seed of SEEDS) {
      const schedule = makeSchedule({ ...PLAN, seed, copies: 2 });
      for (const [at, one] of schedule.entries()) {
        const rivals = schedule
          .slice(at + 1)
          .filter((other) => holdOf(other.fault, other) === holdOf(one.fault, one));
        for (const { startMs } of rivals) expect(startMs).toBeGreaterThan(one.endMs);
      }
    }
  });

  it('lets faults overlap that have nothing to do with each other', () => {
    const schedule = makeSchedule(PLAN);
    const overlap = schedule.some(({ endMs }, at) => (schedule[at + 1]?.startMs ?? endMs) < endMs);
    expect(overlap).toBe(true);
  });

  it('strikes all tenants and copies, and no others', () => {
    const schedule = makeSchedule({ ...PLAN, seconds: 300, copies: 3 });
    expect(new Set(schedule.map(({ tenant }) => tenant))).toEqual(new Set([0, 1, 2]));
    expect(new Set(schedule.map(({ copy }) => copy))).toEqual(new Set([0, 1, 2]));
  });

  it('has more strikes the longer it lasts, also of a single fault', () => {
    const strikes = (seconds: number): number =>
      makeSchedule({ ...PLAN, seconds, faults: [fault('only')] }).length;
    expect(strikes(1)).toBe(1);
    expect(strikes(20)).toBeGreaterThan(3);
    expect(strikes(200)).toBeGreaterThan(strikes(20));
  });

  it('shortens what would find no place otherwise', () => {
    const pair = ['one', 'two'].map((name) => fault(name, { lasts: [1, 30], holds: 'same' }));
    for (const seed of SEEDS) {
      const schedule = makeSchedule({ ...PLAN, seed, seconds: 8, faults: pair });
      expect(new Set(schedule.map((strike) => strike.fault)).size).toBe(2);
    }
  });

  it('is in the order in which its strikes start', () => {
    const starts = makeSchedule(PLAN).map(({ startMs }) => startMs);
    expect(starts).toEqual(starts.toSorted((left, right) => left - right));
  });
});

describe.each([
  ['Azure Event Hubs', CATALOGUE],
  ['a Predix Event Hub', PREDIX_CATALOGUE],
])('the catalogue for %s', (_, catalogue) => {
  it('names each fault once, and says what it does', () => {
    const names = catalogue.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { what } of catalogue) expect(what).not.toBe('');
  });
});
