import { expect, test } from 'vitest';
import { singleValue, topicNames } from './header-values.js';

test.each([
  ['none', [], undefined],
  ['an empty one', [' '], undefined],
  ['one', [' a '], 'a'],
  ['the same twice', ['a', 'a'], 'a'],
  ['the same twice, joined', ['a, a'], 'a'],
  ['two', ['a', 'b'], 'a, b'],
  ['one with a comma', ['Müller,Meier'], 'Müller,Meier'],
])('of values, %s', (_, given, expected) => {
  expect(singleValue(given)).toBe(expected);
});

test.each([
  [[], undefined],
  [['', ' , '], undefined],
  [
    ['a, b', 'c'],
    ['a', 'b', 'c'],
  ],
  [
    ['topic', 'z1_topic', 'z2_topic'],
    ['topic', 'z2_topic'],
  ],
])('topics %j are %j', (given, expected) => {
  expect(topicNames(given, 'z1')).toEqual(expected);
});
