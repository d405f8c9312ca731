import { describe, expect, test } from 'vitest';
import {
  describeMs,
  gapAlarm,
  growingAlarm,
  type RouteRisk,
  refusedAlarm,
} from '../../src/tenants/alarm-texts.js';
import type { GapStatus } from '../../src/tenants/gaps.js';

const MIB = 1024 * 1024;

function risk(
  share: number,
  change: Partial<RouteRisk> = {},
  state: 'watching' | 'lettingGo' = 'watching',
): RouteRisk {
  return {
    route: 'default',
    policy: 'protect',
    backlog: {
      state,
      share,
      bytes: share * 25 * MIB,
      ageMs: 5 * 60_000,
      bytesPerSecond: 1000,
      msUntilLimit: 2 * 3_600_000,
    },
    refusal: undefined,
    ...change,
  };
}

const GAP: GapStatus = {
  id: 'g1',
  route: 'default',
  reason: 'backlog',
  state: 'open',
  from: '2026-11-01T00:00:00.000Z',
  to: '2026-11-01T01:00:00.000Z',
  letGo: { measurements: 12, alarms: 3 },
  replayed: {},
  repeated: {},
  notBroughtBack: {},
};

describe('a growing backlog', () => {
  test('is worth an alarm from half the limit on, with bytes, age and time left', () => {
    expect(growingAlarm([])).toBeUndefined();
    expect(growingAlarm([risk(0.39)])).toBeUndefined();
    const alarm = growingAlarm([risk(0.4)]);
    expect(alarm?.severity).toBe('MAJOR');
    expect(alarm?.text).toContain('10.0 MiB (40 %');
    expect(alarm?.text).toContain('the oldest for 5 min');
    expect(alarm?.text).toContain('80 % can be reached in 2 h 0 min');
    expect(alarm?.text).toContain('let go and replayed');
  });

  test('names the worst route', () => {
    const alarm = growingAlarm([risk(0.5), risk(0.7, { route: 'other' })]);
    expect(alarm?.text).toContain('Route other');
  });

  test('that is held is critical once devices are in danger', () => {
    expect(growingAlarm([risk(0.5, { policy: 'hold' })])).toMatchObject({ severity: 'MAJOR' });
    const alarm = growingAlarm([risk(0.8, { policy: 'hold' })]);
    expect(alarm?.severity).toBe('CRITICAL');
    expect(alarm?.text).toContain('requests of devices fail');
  });

  test('that is let go is the business of another alarm', () => {
    expect(growingAlarm([risk(0.9, {}, 'lettingGo')])).toBeUndefined();
  });
});

describe('a gap', () => {
  test('is worth a critical alarm that says what is missing and what will not come back', () => {
    const alarm = gapAlarm([GAP]);
    expect(alarm?.severity).toBe('CRITICAL');
    expect(alarm?.text).toContain('12 measurements, 3 alarms');
    expect(alarm?.text).toContain('since 2026-11-01T00:00:00.000Z');
    expect(alarm?.text).toContain('earlier states of alarms and events, deletions and transient data');
  });

  test('has an end, and may not be the only one', () => {
    const alarm = gapAlarm([{ ...GAP, state: 'ended', letGo: {} }, GAP]);
    expect(alarm?.text).toContain('Notifications from 2026-11-01T00:00:00.000Z to 2026-11-01T01:00:00.000Z');
    expect(alarm?.text).toContain('1 more gap');
  });

  test('that somebody asked for is none', () => {
    expect(gapAlarm([{ ...GAP, reason: 'requested' }])).toBeUndefined();
    expect(gapAlarm([])).toBeUndefined();
  });
});

test('times are told in the units of people', () => {
  expect([900, 59_000, 60_000, 3_599_000, 3_600_000, 90_000_000].map(describeMs)).toEqual([
    '1 s',
    '59 s',
    '1 min',
    '59 min',
    '1 h 0 min',
    '25 h 0 min',
  ]);
});

describe('a hub that refuses the service', () => {
  test('is a reason for an alarm that says why and what to do', () => {
    expect(refusedAlarm([risk(0.1)])).toBeUndefined();
    const alarm = refusedAlarm([
      risk(0.1),
      risk(0, { route: 'a', refusal: 'no such topic' }),
      risk(0, { refusal: 'x' }),
    ]);
    expect(alarm?.severity).toBe('MAJOR');
    expect(alarm?.text).toMatch(/^Route a: .*no such topic.* Mend the options .* And 1 more route/);
  });
});
