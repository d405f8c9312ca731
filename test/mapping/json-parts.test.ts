import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonParts } from '../../src/mapping/json-parts.js';
import { objectText } from './json-bodies.js';
import { topLevelNames } from './top-level-names.js';

test('the members of an object are found with their names and the bytes of their values', () => {
  fc.assert(
    fc.property(objectText, (text) => {
      const bytes = Buffer.from(text);
      const parts = jsonParts(bytes);
      expect(parts.map(({ name }) => name)).toEqual(topLevelNames(text));
      const members = parts.map(({ start, end }) => bytes.toString('utf8', start, end));
      expect(JSON.parse(`{${members.join()}}`)).toEqual(JSON.parse(text));
      for (const { valueStart, end } of parts) {
        expect(() => JSON.parse(bytes.toString('utf8', valueStart, end)) as unknown).not.toThrow();
      }
    }),
  );
});

test('the elements of an array are found as the bytes that they are', () => {
  fc.assert(
    fc.property(fc.array(objectText, { maxLength: 4 }), fc.constantFrom('', ' ', '\n'), (texts, blank) => {
      const bytes = Buffer.from(`${blank}[${blank}${texts.map((text) => text.trim()).join(`${blank},`)}]`);
      const elements = jsonParts(bytes).map(({ start, end }) => bytes.toString('utf8', start, end));
      expect(elements).toEqual(texts.map((text) => text.trim()));
    }),
  );
});

test('numbers, words and texts are elements, too', () => {
  const bytes = Buffer.from('[ 1.0 ,true,"a,]\\"" , null,[],{}, -2e9]');
  const elements = jsonParts(bytes).map(({ start, end }) => bytes.toString('utf8', start, end));
  expect(elements).toEqual(['1.0', 'true', '"a,]\\""', 'null', '[]', '{}', '-2e9']);
});

test('what is within a larger text is found from where it begins', () => {
  const bytes = Buffer.from('{"events":[{"id":"1"},{"id":"2"}],"self":"x"}');
  const [list] = jsonParts(bytes);
  const elements = jsonParts(bytes, list?.valueStart).map(({ start, end }) =>
    bytes.toString('utf8', start, end),
  );
  expect(elements).toEqual(['{"id":"1"}', '{"id":"2"}']);
});

test('a value that is neither an object nor an array has no parts', () => {
  for (const text of ['', ' ', '7', '"[1]"', 'null']) expect(jsonParts(Buffer.from(text))).toEqual([]);
});
