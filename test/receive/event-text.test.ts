import { gzipSync } from 'node:zlib';
import type { ReceivedEventData } from '@azure/event-hubs';
import { describe, expect, it } from 'vitest';
import { jsonLine, shortLine } from '../../src/receive/event-text.js';
import { RecentIds } from '../../src/receive/repeats.js';

function event(body: unknown, more: Readonly<Record<string, string>> = {}): ReceivedEventData {
  const fields = {
    body,
    sequenceNumber: 7,
    offset: '4711',
    enqueuedTimeUtc: new Date('2026-09-03T12:29:01.664Z'),
    partitionKey: null,
    messageId: 'id-7',
    contentType: 'application/json',
    properties: { tenant: 't1', api: 'events', action: 'CREATE', source: '111', ...more },
  };
  return fields as unknown as ReceivedEventData;
}

describe('jsonLine', () => {
  it('holds place, properties and body', () => {
    expect(JSON.parse(jsonLine(event(Buffer.from('{"id":"1"}')), '3'))).toEqual({
      partition: '3',
      sequenceNumber: 7,
      offset: '4711',
      enqueuedTime: '2026-09-03T12:29:01.664Z',
      messageId: 'id-7',
      contentType: 'application/json',
      properties: { tenant: 't1', api: 'events', action: 'CREATE', source: '111' },
      body: { id: '1' },
    });
  });

  it('loses no digit of a number and has no line break', () => {
    const body = Buffer.from('{"big":12345678901234567890,\r\n "exact":1.10}');
    expect(jsonLine(event(body), '0')).toContain('"body":{"big":12345678901234567890,  "exact":1.10}}');
  });

  it('holds a packed body unpacked, whoever packed it', () => {
    const body = gzipSync('{"exact":1.10}');
    expect(jsonLine(event(body, { contentEncoding: 'gzip' }), '0')).toContain('"body":{"exact":1.10}}');
    const ofOthers = { ...event(body), systemProperties: { contentEncoding: 'gzip' } };
    expect(jsonLine(ofOthers, '0')).toContain('"body":{"exact":1.10}}');
  });

  it.each([
    ['is not', Buffer.from('{"a":1}'), { body: { a: 1 } }],
    ['would be far too large', gzipSync(Buffer.alloc(80 * 1024 * 1024)), { base64: expect.any(String) }],
  ])('leaves a body as it is that is said to be packed and %s', (_what, body, expected) => {
    expect(JSON.parse(jsonLine(event(body, { contentEncoding: 'gzip' }), '0'))).toMatchObject(expected);
  });

  it.each([
    ['JSON text', Buffer.from('"abc"'), { body: 'abc' }],
    ['text that is not JSON', Buffer.from('abc'), { text: 'abc' }],
    ['bytes that are not text', Buffer.from([0xff, 0xfe]), { base64: '//4=' }],
    ['a value that the SDK decoded', { a: 1 }, { body: { a: 1 } }],
    ['nothing', undefined, { body: null }],
  ])('tells %s', (_what, body, expected) => {
    expect(JSON.parse(jsonLine(event(body), '0'))).toMatchObject(expected);
  });
});

describe('shortLine', () => {
  it('fits the terminal', () => {
    const line = shortLine(event(Buffer.from(`"${'x'.repeat(500)}"`)), '3', 80);
    expect(line).toHaveLength(80);
    expect(line).toMatch(/^2026-09-03T12:29:01.664Z {2}3\/7 {2}t1 {2}events {2}CREATE {2}111 {2}"x+…$/);
  });

  it.each<[Readonly<Record<string, string>>, string]>([
    [{}, 'CREATE  111  {}'],
    [{ rejected: 'message-size-exceeded' }, 'CREATE  111  [pointer: message-size-exceeded]  {}'],
    [
      { rejected: 'ArgumentError', deadLetterHub: 'dead' },
      'CREATE  111  [pointer: ArgumentError, whole in dead]  {}',
    ],
    [
      { rejected: 'ArgumentError', deadLetterFailure: 'ETIMEDOUT' },
      'CREATE  111  [pointer: ArgumentError, no dead letter: ETIMEDOUT]  {}',
    ],
    [
      { rejected: 'ArgumentError', rejectedBy: 'main' },
      'CREATE  111  [dead letter of main: ArgumentError]  {}',
    ],
    [{ trimmed: 'c8y_Log', contentEncoding: 'gzip' }, 'CREATE  111  [without c8y_Log]  [gzip]  {}'],
  ])('marks an event with %j', (more, end) => {
    const body = 'contentEncoding' in more ? gzipSync('{}') : Buffer.from('{}');
    expect(shortLine(event(body, more), '3', 500).endsWith(end)).toBe(true);
  });

  it('sends no command to the terminal', () => {
    const line = shortLine(event('\u009b31m\u202eevil', { trimmed: '\u009b31m' }), '3', 150);
    expect(line).not.toMatch(/[\u009b\u202e]/);
  });
});

describe('RecentIds', () => {
  it('recognises an id as long as it is among the last ones', () => {
    const recent = new RecentIds(2);
    expect(['a', 'a', 'b', 'c', 'a'].map((id) => recent.isRepeat(id))).toEqual([
      false,
      true,
      false,
      false,
      false,
    ]);
    expect(recent.size).toBe(2);
  });
});
