import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { count, Gap } from '../../src/backlog/gap.js';
import type { LetGo, ReplayableApi } from '../../src/backlog/share.js';
import type { Outcome } from '../../src/delivery/delivery.js';
import { GapReplay, type GapReplayParts } from '../../src/replay/gap-replay.js';
import type { StoredRecord } from '../../src/replay/stored-record.js';
import { RecordingLog } from '../support/log.js';
import { ScriptedConnector } from '../support/scripted-connector.js';
import { storedRecord } from '../support/stored-records.js';

const HEAD = { route: 'default', reason: 'backlog', state: 'ended', copy: 'c', from: '', to: '' } as const;
const TIMING = {
  perSecond: 1e6,
  outstanding: 4,
  outstandingBytes: 1e6,
  giveWayMs: 1,
  saveMs: 0,
  backoff: { firstMs: 1, longestMs: 2 },
};

interface Stored {
  readonly api: ReplayableApi;
  readonly source: string;
  readonly time: number;
  readonly isLetGo: boolean;
  readonly isDeleted: boolean;
}

/** What Cumulocity has stored, and the gap of what was let go of it. */
function world(all: readonly Stored[]): { records: StoredRecord[]; gap: Gap } {
  const gap = Gap.make('g1', HEAD);
  const records: StoredRecord[] = [];
  for (const [at, { api, source, time, isLetGo, isDeleted }] of all.entries()) {
    const letGo: LetGo = { source, api, action: 'CREATE', time, created: time, updated: time };
    if (isLetGo) {
      gap.content.add(letGo);
      count(gap.head.letGo, api);
    }
    if (!isDeleted) records.push(storedRecord(api, `${at}`, time, source));
  }
  return { records, gap };
}

/** Reads as the platform does. */
function reading(records: readonly StoredRecord[]): GapReplayParts['readPage'] {
  return async ({ api, source, time }) => {
    const found = records.filter(
      ({ notification, time: at }) =>
        notification.api === api &&
        (source === undefined || notification.sourceId === source) &&
        at >= time[0] &&
        at <= time[1],
    );
    return { records: found.sort((left, right) => left.time - right.time), isFull: false };
  };
}

function partsOf(
  gap: Gap,
  records: readonly StoredRecord[],
  change: Partial<GapReplayParts> = {},
): GapReplayParts {
  return {
    gap,
    readPage: reading(records),
    capture: ({ notification }) => notification,
    deliver: (_notification, settle) => settle('delivered'),
    isBusy: () => false,
    write: async () => undefined,
    timing: TIMING,
    log: new RecordingLog(),
    ...change,
  };
}

/** A lane: settles in order; when it drops its queue, everything in it is abandoned. */
function laneOf(script: Outcome[], inHub: string[]): GapReplayParts['deliver'] {
  const queue: { id: string; settle: (outcome: Outcome) => void }[] = [];
  const settleFirst = (): void => {
    const outcome = script.shift() ?? 'delivered';
    for (const { id, settle } of queue.splice(0, outcome === 'abandoned' ? queue.length : 1)) {
      if (outcome !== 'abandoned') inHub.push(id);
      settle(outcome);
    }
  };
  return ({ body }, settle) => {
    queue.push({ id: idOf(body), settle });
    setImmediate(settleFirst);
  };
}

/** A lane that counts how many events are with it at once, at most. */
function countingLane(): Pick<GapReplayParts, 'deliver'> & { readonly most: number } {
  let under = 0;
  let most = 0;
  return {
    get most() {
      return most;
    },
    deliver: (_notification, settle) => {
      most = Math.max(most, ++under);
      setImmediate(() => {
        under--;
        settle('delivered');
      });
    },
  };
}

const idOf = (body: Buffer): string => (JSON.parse(body.toString()) as { id: string }).id;
const never = new AbortController().signal;

const stored = fc.record({
  api: fc.constantFrom<ReplayableApi>('measurements', 'events', 'alarms', 'operations'),
  source: fc.constantFrom('1', '2', '3'),
  time: fc.nat(10).map((minutes) => minutes * 120_000),
  isLetGo: fc.boolean(),
  isDeleted: fc.boolean(),
});

test('whatever is abandoned or interrupted: all that is still there is sent, in order per source, and the counts add up', async () => {
  const scenario = [
    fc.array(stored, { maxLength: 40 }),
    fc.array(fc.constantFrom<Outcome>('delivered', 'delivered', 'delivered', 'rejected', 'abandoned'), {
      maxLength: 60,
    }),
    fc.array(fc.nat(20), { maxLength: 3 }),
  ] as const;
  await fc.assert(
    fc.asyncProperty(...scenario, async (all, outcomes, interruptions) => {
      const { records, gap } = world(all);
      const connector = new ScriptedConnector();
      await connector.write(gap.write());
      const inHub: string[] = [];
      const deliver = laneOf([...outcomes], inHub);

      let current = gap;
      for (const [at, events] of [...interruptions, Number.POSITIVE_INFINITY].entries()) {
        const stop = new AbortController();
        const until = inHub.length + events;
        const counted: GapReplayParts['deliver'] = (notification, settle) => {
          deliver(notification, (outcome) => {
            if (inHub.length >= until) stop.abort();
            settle(outcome);
          });
        };
        const replay = new GapReplay(
          partsOf(current, records, { deliver: counted, write: (fragments) => connector.write(fragments) }),
          stop.signal,
        );
        const isClosed = await replay.run();
        if (isClosed) break;
        expect(at).toBeLessThan(interruptions.length);
        // Another process goes on with what is written down.
        await replay.save(never);
        current = connector.gaps[0] as Gap;
      }

      const expected = all.flatMap(({ isLetGo, isDeleted }, at) => (isLetGo && !isDeleted ? [`${at}`] : []));
      expect(inHub).toEqual(expect.arrayContaining(expected));
      const firstCopies = [...new Set(inHub)].map((id) => all[Number(id)] as Stored);
      for (const source of ['1', '2', '3']) {
        const times = firstCopies.filter((each) => each.source === source).map(({ time }) => time);
        expect(times).toEqual([...times].sort((left, right) => left - right));
      }
      const { letGo, replayed, repeated, notBroughtBack } = current.head;
      for (const api of Object.keys(letGo) as ReplayableApi[]) {
        const accounted = (replayed[api] ?? 0) - (repeated[api] ?? 0) + (notBroughtBack[api] ?? 0);
        expect(accounted).toBe(letGo[api]);
      }
    }),
  );
});

describe('a replay', () => {
  const one = (source: string, time: number): Stored => ({
    api: 'measurements',
    source,
    time,
    isLetGo: true,
    isDeleted: false,
  });

  test('merges the APIs of a source by time', async () => {
    const { records, gap } = world([
      { ...one('7', 3), api: 'measurements' },
      { ...one('7', 1), api: 'events' },
      { ...one('7', 2), api: 'alarms' },
      { ...one('7', 0), api: 'operations' },
    ]);
    const sent: string[] = [];
    const deliver: GapReplayParts['deliver'] = ({ api }, settle) => {
      sent.push(api);
      settle('delivered');
    };
    expect(await new GapReplay(partsOf(gap, records, { deliver }), never).run()).toBe(true);
    expect(sent).toEqual(['operations', 'events', 'alarms', 'measurements']);
  });

  test('never has more with the lanes than it may', async () => {
    const { records, gap } = world(Array.from({ length: 30 }, (_, at) => one('7', at)));
    const lane = countingLane();
    const { deliver } = lane;
    await new GapReplay(partsOf(gap, records, { deliver }), never).run();
    expect(lane.most).toBe(TIMING.outstanding);
  });

  test('never has more bytes with the lanes than it may, but for one event', async () => {
    const { records, gap } = world(Array.from({ length: 30 }, (_, at) => one('7', at)));
    const lane = countingLane();
    const { deliver } = lane;
    const timing = { ...TIMING, outstandingBytes: 1 };
    await new GapReplay(partsOf(gap, records, { deliver, timing }), never).run();
    expect(lane.most).toBe(1);
  });

  test('sends nothing while live traffic needs the way', async () => {
    const { records, gap } = world([one('7', 1)]);
    let looks = 0;
    let sentAfter = 0;
    const isBusy = (): boolean => ++looks < 5;
    const deliver: GapReplayParts['deliver'] = (_notification, settle) => {
      sentAfter = looks;
      settle('delivered');
    };
    await new GapReplay(partsOf(gap, records, { deliver, isBusy }), never).run();
    expect(sentAfter).toBe(5);
  });

  test('goes on after reads that fail', async () => {
    const { records, gap } = world([one('7', 1)]);
    const log = new RecordingLog();
    let failures = 3;
    const readPage: GapReplayParts['readPage'] = (query, page) =>
      failures-- > 0 ? Promise.reject(new Error('away')) : reading(records)(query, page);
    expect(await new GapReplay(partsOf(gap, records, { readPage, log }), never).run()).toBe(true);
    expect(gap.head.replayed).toEqual({ measurements: 1 });
    expect(log.messages('warn')).toHaveLength(3);
  });

  test('leaves out what the subscription would not have let through', async () => {
    const { records, gap } = world([one('7', 1), one('7', 2)]);
    const capture: GapReplayParts['capture'] = ({ time, notification }) =>
      time === 1 ? undefined : notification;
    await new GapReplay(partsOf(gap, records, { capture }), never).run();
    expect(gap.head).toMatchObject({ replayed: { measurements: 1 }, notBroughtBack: { measurements: 1 } });
  });
});
