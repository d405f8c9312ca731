import { describe, expect, test } from 'vitest';
import { oneMegabyte } from '../publish/publication.js';
import { readPublishRequest } from './request.js';

function read(text: string): ReturnType<typeof readPublishRequest> {
  return readPublishRequest(Buffer.from(text));
}

const empty = Buffer.alloc(0);

describe('a message', () => {
  test('has id, body, zone and tags [seed 72-98]', () => {
    const text = '[{"id":"1","body":{"a": 1.0},"zoneId":"z","tags":{"tag1":"v"}}]';
    const message = { id: '1', body: Buffer.from('{"a": 1.0}'), zone_id: 'z', tags: { tag1: 'v' } };
    expect(read(text)).toEqual({ messages: [{ ...message, key: empty, timestamp: null }], refused: [] });
  });

  test('may leave out everything but its id', () => {
    const [message] = read('{"id":"1"}').messages;
    expect(message).toEqual({ id: '1', body: empty, zone_id: '', tags: {}, key: empty, timestamp: null });
  });

  test.each([
    ['{"id":"1","zoneId":"a"}', 'a'],
    ['{"id":"1","zone_id":"a"}', 'a'],
    ['{"id":"1"}', ''],
  ])('names its zone in any of the three ways: %s', (text, zone) => {
    expect(read(text).messages.map(({ zone_id }) => zone_id)).toEqual([zone]);
  });

  test.each([
    ['{}', 'The message has no id'],
    ['{"id":1}', 'The id is not a string'],
    ['{"id":null}', 'The id is not a string'],
    ['{"id":"1","zoneId":1}', 'The zone id is not a string'],
    ['{"id":"1","zone_id":[]}', 'The zone id is not a string'],
    ['{"id":"1","tags":{"a":1}}', 'The tags are not an object of strings'],
    ['{"id":"1","tags":["a"]}', 'The tags are not an object of strings'],
    ['{"id":"1","tags":null}', 'The tags are not an object of strings'],
    ['[1]', 'The message is not an object'],
    ['[null]', 'The message is not an object'],
    ['[[{"id":"1"}]]', 'The message is not an object'],
  ])('that is %s is refused by itself', (text, desc) => {
    const { messages, refused } = read(text);
    expect(messages).toEqual([]);
    expect(refused).toEqual([expect.objectContaining({ status_code: 1, desc })]);
  });

  test('that is refused is given back as far as it can be read', () => {
    const { messages, refused } = read('[{"id":"bad","body":[1],"zoneId":"z","tags":{"a":1}},{"id":"good"}]');
    expect(messages.map(({ id }) => id)).toEqual(['good']);
    expect(refused).toEqual([
      expect.objectContaining({ id: 'bad', body: Buffer.from('[1]'), zone_id: 'z', tags: {} }),
    ]);
  });

  test('has to be smaller than 1 MB as JSON, tags included [seed 33] [seed 311]', () => {
    const sized = (bytes: number): string => {
      const frame = ['{"id":"1","tags":{"t":"', '"}}'];
      return frame.join('x'.repeat(bytes - frame.join('').length));
    };
    expect(read(sized(oneMegabyte - 1)).messages).toHaveLength(1);
    expect(read(sized(oneMegabyte)).refused).toEqual([
      expect.objectContaining({ id: '1', status_code: 1, desc: 'The message is not smaller than 1 MB' }),
    ]);
  });
});

describe('a frame', () => {
  test('of no messages asks for nothing', () => {
    expect(read('[]')).toEqual({ messages: [], refused: [] });
  });

  test.each(['', 'x', '"a"', '[{"id":"1"}', '{"id":"1"}, {"id":"2"}', '\ufeff[]'])(
    'that cannot be read, as %j, is refused once, without an id',
    (text) => {
      const desc = 'The frame is not a JSON array of messages';
      expect(read(text)).toEqual({ messages: [], refused: [{ id: '', status_code: 1, desc }] });
    },
  );

  test('full of what has no id is refused once, and nothing of it is taken', () => {
    const frameOf = (element: string, count: number): string => {
      return `[{"id":"good"},${Array.from({ length: count }, () => element).join(',')}]`;
    };
    for (const element of ['1', '{}', '{"id":""}']) {
      const { messages, refused } = read(frameOf(element, 10_000));
      expect([messages.length + refused.length, messages[0]?.id]).toEqual([10_001, 'good']);
      expect(read(frameOf(element, 10_001))).toEqual(read('no JSON'));
    }
  });

  test('of as many messages as 1 MB has room for is read to its end', () => {
    const count = Math.floor(oneMegabyte / '{"id":"1"},'.length);
    const frame = `[${Array.from({ length: count }, () => '{"id":"1"}').join(',')}]`;
    expect(read(frame).messages).toHaveLength(count);
  });

  test('that is not UTF-8 is refused in the same way', () => {
    expect(readPublishRequest(Buffer.from([0xff])).refused).toHaveLength(1);
  });
});
