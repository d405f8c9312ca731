import { expect, onTestFinished, test } from 'vitest';
import type { ObjectFragments } from '../../src/cumulocity/connector-object.js';
import { PlatformClock } from '../../src/platform-clock.js';
import { Connector } from '../../src/tenants/connector.js';
import { copyFragment, LiveCopies, readCopyRecords } from '../../src/tenants/copy-records.js';
import { startPlatform, type TestPlatform } from '../cumulocity/platform.js';
import { RecordingLog } from '../support/log.js';
import { waitUntil } from '../support/wait.js';

const HEARTBEAT_MS = 20;
const record = { safeUntil: '2026-01-01T00:00:00.000Z', bytesPerSecond: 10, bytes: 0 };

function connect(
  { service }: TestPlatform,
  copyName: string,
  onBeat: (all: ObjectFragments) => void = () => {},
): Connector {
  const connector = new Connector({
    service,
    clock: new PlatformClock(),
    applicationName: 'forwarder',
    copyName,
    heartbeatMs: HEARTBEAT_MS,
    backoff: { firstMs: 1, longestMs: 5 },
    log: new RecordingLog(),
    report: () => ({ default: record }),
    onBeat,
  });
  onTestFinished(() => connector.stop(1000));
  return connector;
}

test('a copy writes its record, and a later run reads it', async () => {
  const platform = await startPlatform();
  let last: ObjectFragments = {};
  const first = connect(platform, 'copy-1', (fragments) => {
    last = fragments;
  });
  expect(await first.open(new AbortController().signal)).toBeDefined();
  expect(first.recordsBefore.size).toBe(0);
  first.start();
  await waitUntil('it has written', () => Object.hasOwn(last, copyFragment('copy-1')));
  await first.stop(1000);

  const second = connect(platform, 'copy-1');
  await second.open(new AbortController().signal);
  const [[name, written] = []] = second.recordsBefore;
  expect(name).toBe('eventhubs_Copy_copy_1');
  expect(written).toMatchObject({ hasStopped: true, routes: { default: record } });
});

test('what an earlier run has left is asked for until the platform tells', async () => {
  const platform = await startPlatform();
  const first = connect(platform, 'copy-1');
  first.start();
  await waitUntil('it has written', () => first.hasBeaten);
  await first.stop(1000);

  const heal = platform.cumulocity.faults.rest({ status: 500 });
  const second = connect(platform, 'copy-1');
  const opened = second.open(new AbortController().signal);
  await waitUntil('it was refused', () => second.failure !== undefined);
  heal();
  expect(await opened).toBeDefined();
  expect([...second.recordsBefore.keys()]).toEqual(['eventhubs_Copy_copy_1']);
  expect(second.failure).toBeUndefined();
});

test('a copy that may not read the object goes on without it', async () => {
  const platform = await startPlatform();
  platform.cumulocity.faults.rest({ status: 403 });
  const connector = connect(platform, 'copy-1');
  expect(await connector.open(new AbortController().signal)).toBeUndefined();
  expect(connector.failure).toContain('403');
});

test('of several copies exactly one leads; another takes over when it stops', async () => {
  const platform = await startPlatform();
  const copies = ['copy-2', 'copy-1', 'copy-3'].map((name) => connect(platform, name));
  for (const copy of copies) copy.start();
  await waitUntil('they see each other', () => copies.every((copy) => copy.copies === 3));
  expect(copies.map((copy) => copy.isLeading)).toEqual([false, true, false]);
  await copies[1]?.stop(1000);
  await waitUntil('another leads', () => copies[0]?.isLeading === true);
  expect(copies[2]?.isLeading).toBe(false);
  expect(copies[0]?.isAlive('copy-1')).toBe(false);
  expect(copies[0]?.isAlive('copy-3')).toBe(true);
});

test('a copy whose beat stands still is gone after three heartbeats, whatever its clock says', () => {
  const own = copyFragment('copy-2');
  const other = copyFragment('copy-1');
  const copies = new LiveCopies(own, 1000);
  const records = (beat: number): ReturnType<typeof readCopyRecords> =>
    readCopyRecords({ [other]: { beat, hasStopped: false, seenAt: '1990-01-01T00:00:00Z', routes: {} } });
  copies.look(records(1), 0);
  expect(copies.isLeading).toBe(false);
  copies.look(records(2), 2500);
  copies.look(records(2), 5400);
  expect(copies.fragments).toEqual([other, own]);
  copies.look(records(2), 5600);
  expect(copies.isLeading).toBe(true);
  copies.look(records(3), 5700);
  expect(copies.isLeading).toBe(false);
});

test('a platform that refuses is asked again; meanwhile the copy does not lead', async () => {
  const platform = await startPlatform();
  const connector = connect(platform, 'copy-1');
  platform.cumulocity.faults.rest({ status: 403, path: /inventory|identity/ });
  expect(await connector.open(new AbortController().signal)).toBeUndefined();
  connector.start();
  expect(connector.isLeading).toBe(false);
  expect(connector.failure).toContain('403');
  platform.cumulocity.faults.clearRest();
  await waitUntil('it leads', () => connector.isLeading);
});

test('what others have written in another form is left out', () => {
  const good = { beat: 1, hasStopped: false, seenAt: '2026-01-01T00:00:00Z', routes: {} };
  const records = readCopyRecords({
    eventhubs_Copy_a: good,
    eventhubs_Copy_b: 7,
    name: 'x',
    eventhubs_Copy_c: null,
  });
  expect([...records.keys()]).toEqual(['eventhubs_Copy_a']);
});

test('asked for a beat, it does not wait for the next', async () => {
  const platform = await startPlatform();
  let beats = 0;
  const connector = new Connector({
    service: platform.service,
    clock: new PlatformClock(),
    applicationName: 'forwarder',
    copyName: 'copy-1',
    heartbeatMs: 3_600_000,
    backoff: { firstMs: 1, longestMs: 5 },
    log: new RecordingLog(),
    report: () => ({}),
    onBeat: () => {
      beats++;
    },
  });
  onTestFinished(() => connector.stop(1000));
  connector.start();
  await waitUntil('it has beaten once', () => beats === 1);
  connector.beatSoon();
  await waitUntil('it has beaten again', () => beats === 2);
});
