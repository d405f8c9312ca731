import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFrame } from '../../src/notifications/frame.js';

const line = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !text.includes('\n'));
const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));

function frameOf(lines: readonly string[], body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${lines.join('\n')}\n\n`), body]);
}

test('the documented frame is read', () => {
  const frame = frameOf(['CJ1eEAAgADAB', '/t1/measurements/111', 'CREATE'], Buffer.from('{"id":"117"}'));
  const { body, ...header } = parseFrame(frame);
  expect(header).toEqual({
    ackId: 'CJ1eEAAgADAB',
    channel: '/t1/measurements/111',
    tenant: 't1',
    api: 'measurements',
    sourceId: '111',
    action: 'CREATE',
  });
  expect(body.toString()).toBe('{"id":"117"}');
});

test('any header is read, further header lines are ignored, and the body is kept to the byte', () => {
  fc.assert(
    fc.property(
      line,
      line,
      line,
      fc.array(line, { maxLength: 4 }),
      bytes,
      (ackId, channel, action, more, body) => {
        const notification = parseFrame(frameOf([ackId, channel, action, ...more], body));
        expect([notification.ackId, notification.channel, notification.action]).toEqual([
          ackId,
          channel,
          action,
        ]);
        expect(notification.body.equals(body)).toBe(true);
      },
    ),
  );
});

test('the description names tenant, API and source', () => {
  const part = line.filter((text) => !text.includes('/'));
  fc.assert(
    fc.property(part, part, part, (tenant, api, sourceId) => {
      const frame = frameOf(['ack', `/${tenant}/${api}/${sourceId}`, 'UPDATE'], Buffer.alloc(0));
      expect(parseFrame(frame)).toMatchObject({ tenant, api, sourceId });
    }),
  );
});

test('a source id with slashes stays whole', () => {
  expect(parseFrame(frameOf(['ack', '/t1/events/a/b//c', 'CREATE'], Buffer.alloc(0))).sourceId).toBe(
    'a/b//c',
  );
});

test('empty lines in the body belong to the body', () => {
  const body = Buffer.from('first\n\nsecond\n\n');
  expect(parseFrame(frameOf(['ack', '/t1/events/1', 'CREATE'], body)).body.equals(body)).toBe(true);
});

test('no bytes at all make it throw; the body is always the end of the frame, as a view', () => {
  const nasty = fc.array(fc.constantFrom('\n', '\n\n', '/', 'a', '{}', 'é'), { maxLength: 12 });
  const frames = fc.oneof(
    bytes,
    nasty.map((pieces) => Buffer.from(pieces.join(''))),
  );
  fc.assert(
    fc.property(frames, (frame) => {
      const { body } = parseFrame(frame);
      expect(body.equals(frame.subarray(frame.length - body.length))).toBe(true);
      expect(body.buffer).toBe(frame.buffer);
    }),
  );
});

describe('a frame that breaks the form still becomes a notification', () => {
  const empty = { ackId: '', channel: '', tenant: '', api: '', sourceId: '', action: '' };

  test.each([
    ['nothing', '', empty, ''],
    ['only a line feed', '\n', empty, ''],
    ['only an empty line', '\n\n', empty, ''],
    ['a body without a header', '\n\n{"id":"1"}', empty, '{"id":"1"}'],
    ['only an ack id', 'ack', { ...empty, ackId: 'ack' }, ''],
    ['an ack id and a body', 'ack\n\n{}', { ...empty, ackId: 'ack' }, '{}'],
    [
      'no empty line',
      'ack\n/t1/events/1\nCREATE\nmore',
      { ackId: 'ack', channel: '/t1/events/1', tenant: 't1', api: 'events', sourceId: '1', action: 'CREATE' },
      '',
    ],
    [
      'a description without a source',
      'ack\n/t1/events\nCREATE\n\nx',
      { ackId: 'ack', channel: '/t1/events', tenant: 't1', api: 'events', sourceId: '', action: 'CREATE' },
      'x',
    ],
  ])('%s', (_name, text, header, body) => {
    const { body: read, ...rest } = parseFrame(Buffer.from(text));
    expect(rest).toEqual(header);
    expect(read.toString()).toBe(body);
  });
});
