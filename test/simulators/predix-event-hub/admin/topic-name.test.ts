import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isTopicName } from './topic-name.js';

const allowed = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.'];

test('letters, digits, dashes, underscores and periods make a name of 1 to 100 characters [seed 381-438]', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...allowed), maxLength: 130 }), (name) => {
      expect(isTopicName(name)).toBe(name.length >= 1 && name.length <= 100);
    }),
  );
  expect(isTopicName('a'.repeat(100))).toBe(true);
  expect(isTopicName('a'.repeat(101))).toBe(false);
});

test('any other character is refused, wherever it stands [seed 381-438]', () => {
  const part = fc.string({ unit: fc.constantFrom(...allowed), maxLength: 10 });
  const other = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 1 })
    .filter((one) => !allowed.includes(one));
  fc.assert(
    fc.property(part, other, part, (before, one, after) => {
      expect(isTopicName(`${before}${one}${after}`)).toBe(false);
    }),
  );
  for (const name of ['', ' ', 'a\n', 'ä', 'a/b', 'a*', '*', 'a,b']) expect(isTopicName(name)).toBe(false);
});
