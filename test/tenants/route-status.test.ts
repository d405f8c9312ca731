import { describe, expect, test } from 'vitest';
import { SendError } from '../../src/errors.js';
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

test('what was sent, failed and rejected is counted', () => {
  const { recorder: recorded } = recorder();
  recorded.sent(3, 300);
  recorded.sent(1, 50);
  recorded.failed(busy(), '0', 1);
  recorded.failed(busy(), '0', 2);
  recorded.rejected(scriptedEvent('e'), 'MessageTooLargeError');
  expect(recorded.counts).toEqual({
    received: 0,
    repeated: 0,
    sent: 4,
    sentBytes: 350,
    batches: 2,
    failedAttempts: 2,
    rejected: 1,
  });
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

  test('that changes its reason is logged again and keeps the time it began', () => {
    const { recorder: recorded, log } = recorder();
    recorded.failed(busy(), '0', 1);
    const since = recorded.failure?.since;
    recorded.failed(busy('UnauthorizedError'), '0', 2);
    expect(recorded.failure).toMatchObject({ since, condition: 'UnauthorizedError' });
    expect(log.messages('warn')).toHaveLength(2);
  });
});

test('a rejected event is logged with what finds it again, and without its body', () => {
  const { recorder: recorded, log } = recorder();
  recorded.rejected(scriptedEvent('the-id', '4711', 2000), 'MessageTooLargeError');
  expect(log.lines).toHaveLength(1);
  expect(log.lines[0]?.fields).toEqual({
    messageId: 'the-id',
    api: 'events',
    source: '4711',
    sizeBytes: 2000,
    reason: 'MessageTooLargeError',
  });
});
