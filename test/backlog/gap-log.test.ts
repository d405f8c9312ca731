import { describe, expect, onTestFinished, test } from 'vitest';
import { Gap } from '../../src/backlog/gap.js';
import { GapLog } from '../../src/backlog/gap-log.js';
import type { LetGo } from '../../src/backlog/share.js';
import { PlatformError } from '../../src/errors.js';
import { PlatformClock } from '../../src/platform-clock.js';
import { RecordingLog } from '../support/log.js';
import { ScriptedConnector } from '../support/scripted-connector.js';
import { waitUntil } from '../support/wait.js';

const measurement = (seconds: number): LetGo => ({
  source: '7',
  api: 'measurements',
  action: 'CREATE',
  time: seconds * 1000,
  created: undefined,
  updated: undefined,
});

function startLog(connector: ScriptedConnector, log = new RecordingLog(), seen: string[] = []): GapLog {
  const gapLog = new GapLog({
    route: 'default',
    copyName: 'copy-1',
    clock: new PlatformClock(),
    write: (fragments) => connector.write(fragments),
    onGap: (gap) => seen.push(gap.id),
    log,
    backoff: { firstMs: 1, longestMs: 5 },
    pauseMs: 1,
  });
  onTestFinished(() => gapLog.close());
  return gapLog;
}

/** Records notifications; returns what became of each. */
function letGo(gapLog: GapLog, ...seconds: readonly number[]): (boolean | undefined)[] {
  const results = seconds.map(() => undefined as boolean | undefined);
  for (const [at, second] of seconds.entries()) {
    gapLog.record(measurement(second), `id${second}`.padEnd(22, 'x'), (isWritten) => {
      results[at] = isWritten;
    });
  }
  return results;
}

test('a notification is released only when it is written down', async () => {
  const connector = new ScriptedConnector();
  connector.hold();
  const gapLog = startLog(connector);
  const results = letGo(gapLog, 1, 2);
  await connector.asked();
  expect(results).toEqual([undefined, undefined]);
  expect(connector.gaps).toEqual([]);

  connector.letGo();
  await gapLog.written();
  expect(results).toEqual([true, true]);
  const [gap] = connector.gaps;
  expect(gap?.head).toMatchObject({ route: 'default', reason: 'backlog', state: 'open', copy: 'copy-1' });
  expect(gap?.head.letGo).toEqual({ measurements: 2 });
  expect(gap?.content.sharesOf('7').get('measurements')?.spans.list).toEqual([[1000, 2000]]);
});

test('what comes while a write is under way is in the next one, and not released by the first', async () => {
  const connector = new ScriptedConnector();
  connector.hold();
  const gapLog = startLog(connector);
  const first = letGo(gapLog, 1);
  await connector.asked();
  const second = letGo(gapLog, 2);
  connector.letOneGo();
  await waitUntil('the first is released', () => first[0] === true);
  expect(connector.gaps[0]?.head.letGo).toEqual({ measurements: 1 });
  expect(second).toEqual([undefined]);
  connector.letGo();
  await gapLog.written();
  expect(second).toEqual([true]);
  expect(connector.gaps[0]?.head.letGo).toEqual({ measurements: 2 });
});

test('a write that fails is tried again, logged once, and releases nothing meanwhile', async () => {
  const connector = new ScriptedConnector();
  const log = new RecordingLog();
  connector.failNext(Number.POSITIVE_INFINITY);
  const gapLog = startLog(connector, log);
  const results = letGo(gapLog, 1);
  await waitUntil('two writes have failed', () => connector.failures >= 2);
  expect(results).toEqual([undefined]);
  connector.failNext(0);
  await gapLog.written();
  expect(results).toEqual([true]);
  expect(log.messages('warn')).toHaveLength(1);
});

test('closed while a write fails, it releases nothing and leaves the gap open', async () => {
  const connector = new ScriptedConnector();
  const gapLog = startLog(connector);
  letGo(gapLog, 1);
  await gapLog.written();
  connector.failNext(Number.POSITIVE_INFINITY);
  const results = letGo(gapLog, 2);
  await waitUntil('a write has failed', () => connector.failures > 0);
  await gapLog.close();
  expect(results).toEqual([false]);
  expect(connector.gaps[0]?.head).toMatchObject({ state: 'open', letGo: { measurements: 1 } });
});

describe('an ended gap', () => {
  test('is written as ended, with everything that was recorded before', async () => {
    const connector = new ScriptedConnector();
    const gapLog = startLog(connector);
    const results = letGo(gapLog, 1, 2, 3);
    await gapLog.end();
    expect(results).toEqual([true, true, true]);
    expect(connector.gaps[0]?.head).toMatchObject({ state: 'ended', letGo: { measurements: 3 } });
    expect(connector.gaps[0]?.head.inDoubt).toBeUndefined();
    expect(gapLog.gap).toBeUndefined();
  });

  test('takes nothing more in: what is recorded behind it opens another', async () => {
    const connector = new ScriptedConnector();
    connector.hold();
    const gapLog = startLog(connector);
    letGo(gapLog, 1);
    const ended = gapLog.end();
    await connector.asked();
    connector.letGo();
    await ended;
    const results = letGo(gapLog, 2);
    await gapLog.written();
    expect(results).toEqual([true]);
    expect(connector.gaps.map(({ head }) => head.state).sort()).toEqual(['ended', 'open']);
  });

  test('is none when nothing was let go', async () => {
    expect(await startLog(new ScriptedConnector()).end()).toBeUndefined();
  });
});

test('after a kill it opens another gap, and does not let go again what comes because its acknowledgement was lost', async () => {
  const connector = new ScriptedConnector();
  const before = startLog(connector);
  letGo(before, 1, 2, 3);
  await before.written();
  const [left] = connector.gaps;

  const after = startLog(connector);
  after.takeOver(left as Gap);
  // 2 and 3 come again, 4 is new.
  const results = letGo(after, 2, 3, 4);
  await after.written();
  expect(results).toEqual([true, true, true]);
  expect(connector.gaps.map(({ head }) => head.letGo)).toEqual([{ measurements: 3 }, { measurements: 1 }]);
  // A second kill would bring any of them again.
  expect(after.gap?.head.inDoubt?.match(/.{8}/g)).toEqual(['id1xxxxx', 'id2xxxxx', 'id3xxxxx', 'id4xxxxx']);
});

test('a gap that somebody else has changed is left out and named', () => {
  const unreadable: string[] = [];
  const fragments = {
    eventhubs_Gap_abc: { route: 7 },
    eventhubs_Gap_abc_1: [],
    eventhubs_Gap_none: null,
    name: 'x',
  };
  expect(Gap.readAll(fragments, (name) => unreadable.push(name))).toEqual([]);
  expect(unreadable).toEqual(['eventhubs_Gap_abc']);
});

describe('a write of which nobody knows whether it was carried out', () => {
  test('does no harm when it is carried out late: nothing more is written into its gap', async () => {
    const connector = new ScriptedConnector();
    const seen: string[] = [];
    const gapLog = startLog(connector, new RecordingLog(), seen);
    letGo(gapLog, 1);
    await gapLog.written();
    connector.failNext(1);
    letGo(gapLog, 2);
    await gapLog.written();
    const [left] = connector.gaps;
    // When it was written first, and when it was left.
    expect(seen).toEqual([left?.id, left?.id]);
    letGo(gapLog, 3);
    await gapLog.written();
    connector.carryOutLate();
    const spans = connector.gaps.map(({ content }) => content.sharesOf('7').get('measurements')?.spans.list);
    expect(spans).toEqual([[[1000, 2000]], [[3000, 3000]]]);
  });

  test('is the only one after which a gap is left: an answer that refuses it says that it was not', async () => {
    const connector = new ScriptedConnector();
    const gapLog = startLog(connector);
    connector.failNext(1, new PlatformError('PUT', '/', 429, ''));
    letGo(gapLog, 1);
    await gapLog.written();
    letGo(gapLog, 2);
    await gapLog.written();
    expect(connector.gaps.map(({ head }) => head.letGo)).toEqual([{ measurements: 2 }]);
  });
});

test('what a write took that was given up is not in doubt: who takes over lets it go again', async () => {
  const connector = new ScriptedConnector();
  const before = startLog(connector);
  letGo(before, 1);
  await before.written();
  connector.failNext(Number.POSITIVE_INFINITY, new PlatformError('PUT', '/', 429, ''));
  const given = letGo(before, 2);
  await waitUntil('the write has failed', () => before.isFailing);
  const gap = before.gap as Gap;
  await before.close();
  expect(given).toEqual([false]);

  // The route is started again in the same process, with the gap as it is in memory.
  connector.failNext(0);
  const after = startLog(connector);
  after.takeOver(gap);
  letGo(after, 2);
  await after.written();
  expect(connector.gaps.map(({ head }) => head.letGo)).toEqual([{ measurements: 1 }, { measurements: 1 }]);
});

test('what was given back is not in doubt in the next gap: a later run would take it for written', async () => {
  const connector = new ScriptedConnector();
  const gapLog = startLog(connector);
  connector.failNext(Number.POSITIVE_INFINITY);
  letGo(gapLog, 1);
  await waitUntil('the write has failed', () => gapLog.isFailing);
  await gapLog.giveBack();
  connector.failNext(0);
  letGo(gapLog, 2);
  await gapLog.written();
  expect(connector.gaps[0]?.head.inDoubt).toBe('id2xxxxx');
});

test('of an object that somebody has deleted, all of the gap is written again', async () => {
  const connector = new ScriptedConnector();
  const gapLog = startLog(connector);
  letGo(gapLog, 1);
  await gapLog.written();
  connector.fragments = {};
  connector.failNext(1, new PlatformError('PUT', '/', 404, ''));
  gapLog.record({ ...measurement(2), source: '8' }, 'another', () => undefined);
  await gapLog.written();
  expect([...(connector.gaps[0]?.content.sources ?? [])].sort()).toEqual(['7', '8']);
});
