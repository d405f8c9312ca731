import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { SendError } from '../../src/errors.js';
import { FORMATS, mapNotification } from '../../src/mapping/map-notification.js';
import { type DeadLetter, toDeadLetter, toPointerEvent } from '../../src/mapping/rejection.js';
import { scriptedNotification } from '../support/scripted-frames.js';

const SELF = 'https://t1.example.com/event/events/118';
const notification = scriptedNotification({ body: { self: SELF, id: '118', text: 'x'.repeat(5000) } });
const reason = 'MessageTooLargeError';
const pointerOf = (deadLetter: DeadLetter | undefined): ReturnType<typeof toPointerEvent> =>
  toPointerEvent(mapNotification(notification, 'flat', 's').event, { reason, deadLetter });

describe.each(FORMATS)('in the format %s', (format) => {
  const { event } = mapNotification(notification, format, 'forwarder');

  test('a pointer event keeps id, partition and properties and says what is missing and where it is', () => {
    const pointer = toPointerEvent(event, { reason, deadLetter: undefined });
    expect(pointer).toMatchObject({ messageId: event.messageId, partitionKey: '111' });
    expect(pointer.properties).toEqual({ ...event.properties, rejected: 'MessageTooLargeError' });
    expect(pointer.body.length).toBeLessThan(1000);
    expect(JSON.parse(pointer.body.toString())).toEqual({
      messageId: event.messageId,
      tenant: 't1',
      api: 'events',
      source: '111',
      action: 'CREATE',
      rejected: {
        reason: 'MessageTooLargeError',
        sizeBytes: event.body.length,
        sha256: createHash('sha256').update(event.body).digest('hex'),
        self: SELF,
      },
    });
  });

  test('a dead letter is the whole event, and says why it is there and where it is missing', () => {
    expect(toDeadLetter(event, reason, 'main')).toEqual({
      ...event,
      properties: { ...event.properties, rejected: reason, rejectedBy: 'main' },
    });
  });
});

test('a pointer event names the dead-letter hub that has the whole event', () => {
  const { body, properties } = pointerOf({ hubName: 'dead', failure: undefined });
  expect(properties).toMatchObject({ rejected: reason, deadLetterHub: 'dead' });
  expect(JSON.parse(body.toString())).toMatchObject({ rejected: { reason, deadLetterHub: 'dead' } });
});

test('a pointer event says why the dead-letter hub does not have it, in the words of a condition only', () => {
  const failure = new SendError({ retryable: true, condition: 'UnauthorizedError', message: 'a long story' });
  const { body, properties } = pointerOf({ hubName: 'dead', failure });
  expect(properties).toMatchObject({ deadLetterFailure: 'UnauthorizedError' });
  expect(properties).not.toHaveProperty('deadLetterHub');
  expect(JSON.parse(body.toString())).toMatchObject({ rejected: { deadLetterFailure: 'UnauthorizedError' } });
  expect(body.toString()).not.toContain('a long story');
});

test('a pointer event is small, whatever the header of its event says', () => {
  const source = '1'.repeat(100_000);
  const { event } = mapNotification(
    scriptedNotification({ source, body: { self: 'x'.repeat(5000) } }),
    'raw',
    's',
  );
  const { body, properties } = toPointerEvent(event, { reason, deadLetter: undefined });
  expect(body.length + JSON.stringify(properties).length).toBeLessThan(2000);
});

test('a pointer event of bytes that are not JSON has no link', () => {
  const { event } = mapNotification(scriptedNotification({ body: Buffer.from([0xff]) }), 'raw', 's');
  const { body } = toPointerEvent(event, { reason, deadLetter: undefined });
  const pointer = JSON.parse(body.toString()) as { rejected: object };
  expect(pointer.rejected).toEqual(expect.objectContaining({ sizeBytes: 1 }));
  expect(pointer.rejected).not.toHaveProperty('self');
});
