import { expect, onTestFinished, test } from 'vitest';
import { ConnectorObject } from '../../src/cumulocity/connector-object.js';
import type { PlatformClient } from '../../src/cumulocity/platform-client.js';
import { PlatformError } from '../../src/errors.js';
import { ALARM_TYPES, AlarmBoard } from '../../src/tenants/alarm-board.js';
import { startPlatform } from '../cumulocity/platform.js';
import type { LocalCumulocity } from '../simulators/cumulocity/local-cumulocity.js';
import { RecordingLog } from '../support/log.js';
import { waitUntil } from '../support/wait.js';

const TYPE = ALARM_TYPES.gap;
const HOUR_MS = 3_600_000;

interface Shown {
  readonly type: string;
  readonly severity: string;
  readonly status: string;
  readonly text: string;
  readonly count: number;
}

async function alarmsOf(service: PlatformClient): Promise<readonly Shown[]> {
  const text = await service.text({ method: 'GET', path: '/alarm/alarms', query: { pageSize: 100 } });
  return (JSON.parse(text) as { alarms: readonly Shown[] }).alarms;
}

async function start(changeMs = 1): Promise<{
  cumulocity: LocalCumulocity;
  service: PlatformClient;
  log: RecordingLog;
  board: () => AlarmBoard;
}> {
  const { cumulocity, service } = await startPlatform();
  const object = new ConnectorObject(service, 'forwarder');
  const log = new RecordingLog();
  const board = (): AlarmBoard => {
    const made = new AlarmBoard({
      service,
      source: (signal) => object.id(signal),
      backoff: { firstMs: 1, longestMs: 5 },
      changeMs,
      log,
    });
    onTestFinished(() => made.stop());
    return made;
  };
  return { cumulocity, service, log, board };
}

async function untilShown(service: PlatformClient, expected: Partial<Shown>): Promise<void> {
  const wanted = JSON.stringify(expected);
  await waitUntil(`an alarm is ${wanted}`, async () => {
    const alarms = await alarmsOf(service);
    return alarms.some((alarm) => JSON.stringify({ ...alarm, ...expected }) === JSON.stringify(alarm));
  });
}

test('an alarm that somebody else has raised since is cleared when the board does not rely on what it knew', async () => {
  const { service, board } = await start();
  const [one, other] = [board(), board()];
  one.raise(TYPE, 'CRITICAL', 'first');
  await untilShown(service, { type: TYPE, status: 'ACTIVE' });
  one.clear(TYPE);
  await untilShown(service, { type: TYPE, status: 'CLEARED' });
  other.raise(TYPE, 'CRITICAL', 'late');
  await untilShown(service, { type: TYPE, status: 'ACTIVE', text: 'late' });
  one.doubt();
  one.clear(TYPE);
  await untilShown(service, { type: TYPE, status: 'CLEARED', text: 'late' });
});

/** A client whose alarms are stored but answered with an error, as while a topic of the tenant is full. */
function storingInVain(service: PlatformClient): PlatformClient {
  return new Proxy(service, {
    get: (target, name) => {
      if (name === 'json') {
        return async (...given: Parameters<PlatformClient['json']>) => {
          const answer = await target.json(...given);
          const [{ method, path }] = given;
          if (method === 'POST') throw new PlatformError(method, path, 500, 'Notification could not be sent');
          return answer;
        };
      }
      const member = Reflect.get(target, name) as unknown;
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

test('an alarm that was stored although the answer was an error is cleared', async () => {
  const { service, board } = await start();
  const alarms = board();
  alarms.clear(TYPE);
  await waitUntil('there is none', async () => (await alarmsOf(service)).length === 0);
  alarms.raise(TYPE, 'CRITICAL', 'first');
  await untilShown(service, { type: TYPE, status: 'ACTIVE' });
  alarms.clear(TYPE);
  await untilShown(service, { type: TYPE, status: 'CLEARED' });

  alarms.useService(storingInVain(service));
  alarms.raise(TYPE, 'CRITICAL', 'second');
  await untilShown(service, { type: TYPE, status: 'ACTIVE', text: 'second' });
  alarms.clear(TYPE);
  await untilShown(service, { type: TYPE, status: 'CLEARED', text: 'second' });
});

test('an alarm is raised, its text follows, and it is cleared', async () => {
  const { service, board } = await start();
  const alarms = board();
  alarms.raise(TYPE, 'CRITICAL', 'first');
  await untilShown(service, { type: TYPE, severity: 'CRITICAL', status: 'ACTIVE', text: 'first', count: 1 });
  alarms.raise(TYPE, 'CRITICAL', 'second');
  await untilShown(service, { text: 'second' });
  alarms.clear(TYPE);
  await untilShown(service, { status: 'CLEARED', text: 'second' });
  expect(await alarmsOf(service)).toHaveLength(1);
});

test('what is wanted already is asked for no more', async () => {
  const { service, board } = await start();
  const alarms = board();
  for (let times = 0; times < 10; times++) alarms.raise(TYPE, 'MAJOR', 'same');
  await untilShown(service, { text: 'same' });
  for (let times = 0; times < 10; times++) alarms.raise(TYPE, 'MAJOR', 'same');
  await alarms.stop();
  expect(await alarmsOf(service)).toMatchObject([{ count: 1 }]);
});

test('a text changes no more often than it may, and a clearing does not wait for that', async () => {
  const { service, board } = await start(HOUR_MS);
  const alarms = board();
  alarms.raise(TYPE, 'MAJOR', 'first');
  await untilShown(service, { text: 'first' });
  alarms.raise(TYPE, 'MAJOR', 'second');
  alarms.clear(TYPE);
  await untilShown(service, { status: 'CLEARED', text: 'first' });
});

test('an alarm that an earlier run has left is cleared, and one that it raised is taken over', async () => {
  const { service, board } = await start();
  const before = board();
  before.raise(TYPE, 'MAJOR', 'before');
  await untilShown(service, { text: 'before' });
  await before.stop();

  const after = board();
  after.raise(TYPE, 'MAJOR', 'after');
  await untilShown(service, { text: 'after' });
  expect(await alarmsOf(service)).toHaveLength(1);
  await after.stop();
  board().clear(TYPE);
  await untilShown(service, { status: 'CLEARED' });
});

test('a platform that refuses is asked again, and logged once', async () => {
  const { cumulocity, service, log, board } = await start();
  cumulocity.faults.rest({ status: 500, times: 4, method: 'POST', path: /alarm/ });
  board().raise(TYPE, 'MAJOR', 'text');
  await untilShown(service, { text: 'text' });
  expect(log.messages('warn').length).toBe(1);
});
