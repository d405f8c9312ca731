import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readJsonBody } from '../../src/mapping/json-body.js';
import { objectText } from './json-bodies.js';

test('every JSON object is taken for one, and opened behind its first brace', () => {
  fc.assert(
    fc.property(objectText, (text) => {
      const bytes = Buffer.from(text);
      const body = readJsonBody(bytes);
      expect(body?.bytes).toBe(bytes);
      expect(bytes[(body?.inside ?? 0) - 1]).toBe('{'.charCodeAt(0));
      expect(body?.isEmpty).toBe(Object.keys(JSON.parse(text) as object).length === 0);
    }),
  );
});

describe('what is not exactly one JSON object in UTF-8 is not taken for one', () => {
  test.each([
    ['nothing', Buffer.alloc(0)],
    ['an array', Buffer.from('[{"id":"1"}]')],
    ['a number', Buffer.from('7')],
    ['a text', Buffer.from('"{}"')],
    ['null', Buffer.from('null')],
    ['an object that is cut short', Buffer.from('{"id":"1"')],
    ['two objects', Buffer.from('{}{}')],
    ['a byte order mark', Buffer.from('\ufeff{}')],
    ['a byte that is not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['half of a surrogate pair in bytes', Buffer.from('7b22eda080223a317d', 'hex')],
    ['a comma too many', Buffer.from('{"id":"1",}')],
  ])('%s', (_name, bytes) => {
    expect(readJsonBody(bytes)).toBeUndefined();
  });
});

test('only own top-level fields are seen, however the name is written', () => {
  const body = readJsonBody(Buffer.from('{"\\u0069d":"1","x":{"self":"no"},"__proto__":{"time":"no"}}'));
  expect(body?.has('id')).toBe(true);
  expect(body?.text('id')).toBe('1');
  for (const name of ['self', 'time', 'constructor', 'toString', 'hasOwnProperty']) {
    expect(body?.has(name)).toBe(false);
    expect(body?.text(name)).toBeUndefined();
  }
  expect(body?.has('__proto__')).toBe(true);
});

test('a field is read as text when it is a text or a number, and of two the last holds', () => {
  const body = readJsonBody(Buffer.from('{"a":"x","b":7,"c":null,"d":{},"e":true,"f":"first","f":"last"}'));
  expect(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => body?.text(name))).toEqual([
    'x',
    '7',
    undefined,
    undefined,
    undefined,
    'last',
    undefined,
  ]);
});
