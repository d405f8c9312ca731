import { describe, expect, onTestFinished, test } from 'vitest';
import { Gap } from '../../src/backlog/gap.js';
import { GapLog } from '../../src/backlog/gap-log.js';
import type { LetGo } from '../../src/backlog/share.js';
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

function startLog(connector: ScriptedConnector, log = new RecordingLog()): GapLog {
  const gapLog = new GapLog({
    route: 'default',
    copyName: 'copy-1',
    clock: new PlatformClock(),
    write: (fragments) => connector.write(fragments),
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

test('after a kill it goes on, and counts what comes again because its acknowledgement was lost only once', async () => {
  const connector = new ScriptedConnector();
  const before = startLog(connector);
  letGo(before, 1, 2, 3);
  await before.written();

  const after = startLog(connector);
  after.resume(connector.gaps[0] as Gap);
  // 2 and 3 come again, 4 is new.
  const results = letGo(after, 2, 3, 4);
  await after.written();
  expect(results).toEqual([true, true, true]);
  expect(connector.gaps).toHaveLength(1);
  expect(connector.gaps[0]?.head.letGo).toEqual({ measurements: 4 });
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

test('what a write took that was given up is written with the next one', async () => {
  const connector = new ScriptedConnector();
  const before = startLog(connector);
  letGo(before, 1);
  await before.written();
  connector.failNext(Number.POSITIVE_INFINITY);
  const given = letGo(before, 2);
  await waitUntil('the write has failed', () => before.isFailing);
  const gap = before.gap as Gap;
  await before.close();
  expect(given).toEqual([false]);

  // The route is started again in the same process, with the gap as it is in memory.
  connector.failNext(0);
  const after = startLog(connector);
  after.resume(gap);
  letGo(after, 2);
  await after.written();
  expect(connector.gaps[0]?.content.sharesOf('7').get('measurements')?.spans.list).toEqual([[1000, 2000]]);
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
