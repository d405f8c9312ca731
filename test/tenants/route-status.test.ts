import { describe, expect, test } from 'vitest';
import { SendError } from '../../src/errors.js';
import type { Rejection } from '../../src/mapping/rejection.js';
import { OccurrenceLog } from '../../src/tenants/occurrence-log.js';
import { RouteRecorder } from '../../src/tenants/route-status.js';
import { RecordingLog } from '../support/log.js';
import { scriptedEvent } from '../support/scripted-delivery.js';

function busy(condition = 'ServerBusyError'): SendError {
  return new SendError({ retryable: true, condition, message: `the hub says ${condition}` });
}

function recorder(): { recorder: RouteRecorder; log: RecordingLog } {
  const log = new RecordingLog();
  return { recorder: new RouteRecorder(log), log };
}

const tooLarge: Rejection = { reason: 'message-size-exceeded', deadLetter: undefined };
const inDeadLetterHub: Rejection = {
  reason: 'ArgumentError',
  deadLetter: { hubName: 'dead', failure: undefined },
};
const notInDeadLetterHub: Rejection = {
  reason: 'ArgumentError',
  deadLetter: { hubName: 'dead', failure: busy() },
};

test('what was sent, failed and rejected is counted', () => {
  const { recorder: recorded } = recorder();
  recorded.sent(3, 300);
  recorded.sent(1, 50);
  recorded.failed(busy(), '0', 1);
  recorded.failed(busy(), '0', 2);
  recorded.rejected(scriptedEvent('e'), tooLarge);
  recorded.rejected(scriptedEvent('f'), inDeadLetterHub);
  recorded.rejected(scriptedEvent('g'), notInDeadLetterHub);
  recorded.shrunk(scriptedEvent('h'), { ...scriptedEvent('h'), properties: { trimmed: 'a' } });
  recorded.shrunk(scriptedEvent('i'), { ...scriptedEvent('i'), contentEncoding: 'gzip' });
  recorded.shrunk(scriptedEvent('j'), {
    ...scriptedEvent('j'),
    properties: { trimmed: 'a' },
    contentEncoding: 'gzip',
  });
  expect(recorded.counts).toEqual({
    received: 0,
    repeated: 0,
    sent: 4,
    sentBytes: 350,
    batches: 2,
    failedAttempts: 2,
    rejected: { 'message-size-exceeded': 1, ArgumentError: 2 },
    trimmed: 2,
    compressed: 2,
    deadLettered: 1,
    deadLetterFailures: 1,
  });
});

test('a hub that thinks of ever new reasons does not make the counts grow', () => {
  const { recorder: recorded } = recorder();
  for (let at = 0; at < 1000; at++) {
    recorded.rejected(scriptedEvent('e'), { reason: `reason ${at}`, deadLetter: undefined });
  }
  recorded.rejected(scriptedEvent('e'), { reason: 'reason 0', deadLetter: undefined });
  const { rejected } = recorded.counts;
  expect(Object.keys(rejected).length).toBeLessThan(30);
  expect(rejected['reason 0']).toBe(2);
  expect(Object.values(rejected).reduce((sum, count) => sum + count, 0)).toBe(1001);
});

test('whoever raises alarms is told of each rejected event and the reason that it is counted under', () => {
  const told: string[] = [];
  const recorded = new RouteRecorder(new RecordingLog(), {
    onRejected: (reason, { messageId }) => told.push(`${messageId}: ${reason}`),
  });
  recorded.rejected(scriptedEvent('e'), tooLarge);
  recorded.rejected(scriptedEvent('f'), inDeadLetterHub);
  expect(told).toEqual(['e: message-size-exceeded', 'f: ArgumentError']);
});

describe('a failure', () => {
  test('is shown until its partition recovers, and logged once', () => {
    const { recorder: recorded, log } = recorder();
    expect(recorded.failure).toBeUndefined();
    for (const attempt of [1, 2, 3]) recorded.failed(busy(), '0', attempt);
    expect(recorded.failure).toMatchObject({
      condition: 'ServerBusyError',
      reason: 'the hub says ServerBusyError',
    });
    recorded.recovered('0');
    expect(recorded.failure).toBeUndefined();
    expect(log.messages('warn')).toHaveLength(1);
    expect(log.messages('info')).toHaveLength(1);
  });

  test('of many partitions for one reason is logged once, and over when the last one recovers', () => {
    const { recorder: recorded, log } = recorder();
    for (const partition of ['0', '1', '2']) recorded.failed(busy(), partition, 1);
    expect(log.messages('warn')).toHaveLength(1);
    recorded.recovered('1');
    recorded.recovered('0');
    expect(recorded.failure).toBeDefined();
    expect(log.messages('info')).toEqual([]);
    recorded.recovered('2');
    expect(recorded.failure).toBeUndefined();
    expect(log.messages('info')).toHaveLength(1);
  });

  test('is forgotten when the hub has other partitions: none of the lanes has failed yet', () => {
    const { recorder: recorded, log } = recorder();
    for (const partition of ['0', '3']) recorded.failed(busy(), partition, 1);
    recorded.partitionsChanged(4, 2);
    expect(recorded.failure).toBeUndefined();
    expect(log.lines.at(-1)).toMatchObject({ level: 'info', fields: { before: 4, now: 2 } });
  });

  test('that changes its reason is logged again and keeps the time it began', () => {
    const { recorder: recorded, log } = recorder();
    recorded.failed(busy(), '0', 1);
    const since = recorded.failure?.since;
    recorded.failed(busy('UnauthorizedError'), '0', 2);
    expect(recorded.failure).toMatchObject({ since, condition: 'UnauthorizedError' });
    expect(log.messages('warn')).toHaveLength(2);
  });
});

describe('the log', () => {
  test('names what finds a rejected event again, and not its body', () => {
    const { recorder: recorded, log } = recorder();
    recorded.rejected(scriptedEvent('the-id', '4711', 2000), tooLarge);
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]?.fields).toEqual({
      events: 1,
      messageId: 'the-id',
      api: 'events',
      source: '4711',
      sizeBytes: 2000,
      reason: 'message-size-exceeded',
    });
  });

  test('is not flooded by an endless stream of rejected events, and tells how many there were', () => {
    let now = 0;
    const log = new RecordingLog();
    const recorded = new RouteRecorder(log, { occurrences: new OccurrenceLog(() => now) });
    const hour = 3_600_000;
    const each = 100;
    for (; now < hour; now += each) {
      recorded.rejected(scriptedEvent('e'), tooLarge);
      recorded.shrunk(scriptedEvent('e'), { ...scriptedEvent('e'), properties: { trimmed: 'a' } });
    }
    const counts = log.lines
      .filter(({ level }) => level === 'warn')
      .map(({ fields }) => Number(fields['events']));
    expect(counts[0]).toBe(1);
    expect(counts.length).toBeLessThan(15);
    // All but those since the last line, which is half of the time ago at most.
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(hour / each / 2);
    expect(log.messages('info').length).toBeLessThan(15);
  });

  test('says once that the dead-letter hub does not take events, and once that it does again', () => {
    const { recorder: recorded, log } = recorder();
    recorded.rejected(scriptedEvent('a'), inDeadLetterHub);
    for (const id of ['b', 'c', 'd']) recorded.rejected(scriptedEvent(id), notInDeadLetterHub);
    for (const id of ['e', 'f']) recorded.rejected(scriptedEvent(id), inDeadLetterHub);
    const lines = log.lines.filter(({ message }) => message.startsWith('dead-letter hub'));
    expect(lines.map(({ level }) => level)).toEqual(['warn', 'info']);
    expect(lines[0]?.fields).toEqual({
      events: 1,
      hub: 'dead',
      condition: 'ServerBusyError',
      reason: 'the hub says ServerBusyError',
    });
  });

  test('names what was taken out of an event that was too large', () => {
    const { recorder: recorded, log } = recorder();
    const smaller = { ...scriptedEvent('e', '4711', 100), properties: { trimmed: 'c8y_Log' } };
    recorded.shrunk(scriptedEvent('e', '4711', 2000), smaller);
    expect(log.lines[0]).toMatchObject({
      level: 'info',
      fields: { events: 1, messageId: 'e', sizeBytes: 2000, sentBytes: 100, trimmed: 'c8y_Log' },
    });
  });
});
