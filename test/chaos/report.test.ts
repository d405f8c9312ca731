import { describe, expect, it } from 'vitest';
import { type Figures, noFigures } from '../../scripts/chaos/figures.js';
import type { Protection } from '../../scripts/chaos/protection.js';
import {
  describe as describeOutcome,
  judge,
  type Outcome,
  tenantRows,
  totalsOf,
} from '../../scripts/chaos/report.js';

/** A tenant in which nothing was let go. */
const QUIET: Protection = { openGaps: 0, closedGaps: [], alarmsRaised: 0, alarmsActive: 0 };
const CLOSED = {
  reason: 'backlog',
  letGo: { events: 5 },
  replayed: { events: 6 },
  repeated: { events: 2 },
  notBroughtBack: { events: 1 },
};
/** One in which something was, and came back. */
const PROTECTED: Protection = { ...QUIET, closedGaps: [CLOSED], alarmsRaised: 1 };

/** An outcome of one tenant and one device that is good, but for what is said. */
function outcome(figures: Partial<Figures> = {}, more: Partial<Outcome> = {}): Outcome {
  const totals = { ...noFigures(), sent: 10, received: 10, ...figures };
  return {
    account: { totals, tenants: new Map([['t1', totals]]), devices: new Map([['t1 a', totals]]) },
    peakBacklogBytes: new Map([['t1', 2048]]),
    devices500: new Map([['t1', 0]]),
    unacknowledged: 0,
    crashes: 0,
    badStops: 0,
    protection: [QUIET],
    mustLetGo: false,
    mayRepeat: true,
    ...more,
  };
}

describe('the verdict on a run', () => {
  it('is good when everything came, be it twice, and what was given up was given up in order', () => {
    expect(
      judge(outcome({ repeated: 3, repeatedRecognisable: 3, givenUp: 2, missed: 1, superseded: 1 })),
    ).toEqual([]);
  });

  it.each<[Partial<Figures>, Partial<Outcome>, string]>([
    [{ lost: 1 }, {}, '1 lost'],
    [{ repeatedUnderAnotherId: 2 }, {}, '2 repeated under another id'],
    [{ firstCopiesOutOfOrder: 1 }, {}, '1 first copies out of order'],
    [{ unknown: 1 }, {}, '1 never emitted'],
    [{ rejected: 1 }, {}, '1 rejected'],
    [{ skipped: 7 }, { protection: [PROTECTED] }, '2 lost states of objects that were not let go'],
    [{ repeatedRecognisable: 1 }, { mayRepeat: false }, '1 repeated although'],
    [{}, { devices500: new Map([['t1', 4]]) }, '4 requests of devices answered with 500'],
    [{}, { unacknowledged: 5 }, '5 left unacknowledged'],
    [{}, { crashes: 1 }, '1 processes ended by themselves'],
    [{}, { badStops: 1 }, '1 orderly stops without exit code 0'],
    [{ sent: 0 }, {}, 'nothing was sent'],
    [{}, { protection: [{ ...QUIET, openGaps: 2 }, QUIET] }, '1 tenants with gaps that are not closed'],
    [{}, { protection: [{ ...QUIET, alarmsActive: 1 }] }, '1 tenants with alarms that are not cleared'],
    [
      {},
      { protection: [{ ...QUIET, closedGaps: [{ ...CLOSED, repeated: {} }] }] },
      '1 tenants with gaps whose counts do not add up',
    ],
    [
      {},
      { mustLetGo: true, protection: [PROTECTED, { ...QUIET, alarmsRaised: 1 }] },
      '1 tenants in which nothing was let go',
    ],
    [{}, { mustLetGo: true, protection: [{ ...PROTECTED, alarmsRaised: 0 }] }, '1 tenants without an alarm'],
  ])('is bad with %j %j', (figures, more, reason) => {
    const wrongs = judge(outcome(figures, more));
    expect(wrongs).toHaveLength(1);
    expect(wrongs[0]).toContain(reason);
  });
});

it('a run in which notifications were let go and came back is good, and says so', () => {
  const good = outcome({}, { mustLetGo: true, protection: [PROTECTED] });
  expect(judge(good)).toEqual([]);
  expect(describeOutcome(good).at(-1)).toBe(
    'gaps: 1 closed, 0 open; 5 let go, 6 replayed, 2 of them beyond what was let go, 1 not brought back; ' +
      'alarms: 1 raised, 0 active',
  );
});

describe('the report', () => {
  it('has a row for each tenant and one for all', () => {
    const lines = describeOutcome(outcome({ lost: 3 }));
    expect(lines[0]).toMatch(/^tenant +sent +received +lost +repeated/);
    expect(lines[1]).toMatch(/^t1 +10 +10 +3 /);
    expect(lines[2]).toMatch(/^all +10 +10 +3 /);
    expect(lines.at(-1)).toMatch(/^t1 a +10 +10 +3 /);
  });

  it('shows some columns only when there is something in them', () => {
    expect(describeOutcome(outcome())[0]).not.toContain('given up');
    expect(describeOutcome(outcome({ givenUp: 1 }))[0]).toContain('given up');
  });

  it('names the devices that fared worst, and not all of them', () => {
    const devices = Array.from({ length: 50 }, (_, at): [string, Figures] => [
      `t1 ${at}`,
      { ...noFigures(), lost: at === 30 ? 1 : 0, repeated: at },
    ]);
    const { account, ...rest } = outcome();
    const lines = describeOutcome({ ...rest, account: { ...account, devices: new Map(devices) } });
    const worst = lines.slice(lines.findIndex((line) => line.startsWith('worst devices')) + 1);
    expect(worst.map((line) => line.split('  ')[0])).toEqual(['t1 30', 't1 49', 't1 48', 't1 47', 't1 46']);
  });

  it('gives the same figures for a program to read', () => {
    expect(totalsOf(outcome({ lost: 3 }))).toMatchObject({
      sent: 10,
      lost: 3,
      peakBacklogBytes: 2048,
      devices500: 0,
    });
    expect(tenantRows(outcome())).toEqual([
      { tenant: 't1', ...noFigures(), sent: 10, received: 10, peakBacklogBytes: 2048, devices500: 0 },
    ]);
  });
});
