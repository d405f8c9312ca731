import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toFlat } from '../../src/mapping/flat.js';
import { readJsonBody } from '../../src/mapping/json-body.js';
import { scriptedNotification } from '../support/scripted-frames.js';
import { ADDED_NAMES, objectText, otherBytes } from './json-bodies.js';
import { topLevelNames } from './top-level-names.js';

const MESSAGE_ID = 'AAAAAAAAAAAAAAAAAAAAAA';
const HEADER = { message: 'ack"\\1', channel: '/t1/events/111', action: 'CREATE', messageId: MESSAGE_ID };

function flatten(body: Buffer): string {
  const notification = scriptedNotification({ ackId: HEADER.message, body });
  const { body: bytes, contentType } = toFlat(notification, readJsonBody(body), MESSAGE_ID);
  expect(contentType).toBe('application/json');
  return bytes.toString();
}

/** The fields of an object in an order of their own, so that two objects can be compared with `__proto__` and all. */
function fieldsOf(value: object): string {
  const entries = Object.entries(value).map(([name, each]) => [name, JSON.stringify(each)] as const);
  return JSON.stringify(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
}

describe('the body of a notification that is any JSON object', () => {
  test('keeps its own fields and gains the header fields that it does not have', () => {
    fc.assert(
      fc.property(objectText, (text) => {
        const own = JSON.parse(text) as object;
        const flat = JSON.parse(flatten(Buffer.from(text))) as object;
        const added = Object.entries(HEADER).filter(([name]) => !Object.hasOwn(own, name));
        expect(fieldsOf(flat)).toBe(fieldsOf(Object.fromEntries([...added, ...Object.entries(own)])));
      }),
      { numRuns: 300 },
    );
  });

  test('goes out as the bytes that came', () => {
    fc.assert(
      fc.property(objectText, (text) => {
        const inside = text.slice(text.indexOf('{') + 1);
        expect(flatten(Buffer.from(text)).endsWith(inside)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('has no name twice because of what was added', () => {
    fc.assert(
      fc.property(objectText, (text) => {
        const own = topLevelNames(text);
        const flat = topLevelNames(flatten(Buffer.from(text)));
        const added = ADDED_NAMES.filter((name) => !own.includes(name));
        expect(flat).toEqual([...added, ...own]);
      }),
      { numRuns: 300 },
    );
  });
});

test.each([
  ['an empty object', '{}', `{"message":"m","channel":"c","action":"a","messageId":"i"}`],
  ['an empty object with a space', '{ }', `{"message":"m","channel":"c","action":"a","messageId":"i" }`],
  ['an object with all four names', '{"action":1,"channel":2,"message":3,"messageId":4}', undefined],
  ['a number of many digits', '{"n":12345678901234567890.10}', undefined],
  ['a name within a nested object only', '{"x":{"message":1}}', undefined],
])('%s is spliced, not printed again', (_name, text, expected) => {
  const notification = { ...scriptedNotification({ ackId: 'm', action: 'a', body: text }), channel: 'c' };
  const flat = toFlat(notification, readJsonBody(notification.body), 'i').body.toString();
  const added = text.includes('"action"')
    ? '{'
    : '{"message":"m","channel":"c","action":"a","messageId":"i",';
  expect(flat).toBe(expected ?? `${added}${text.slice(1)}`);
});

test('a body that is not one JSON object goes out in an envelope that decodes to the very same bytes', () => {
  fc.assert(
    fc.property(otherBytes, (bytes) => {
      fc.pre(readJsonBody(bytes) === undefined);
      const { body, ...header } = JSON.parse(flatten(bytes)) as { body: string };
      expect(Buffer.from(body, 'base64').equals(bytes)).toBe(true);
      expect(header).toEqual(HEADER);
    }),
    { numRuns: 300 },
  );
});
