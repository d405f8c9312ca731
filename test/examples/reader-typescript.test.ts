import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { FirstCopies } from '../../examples/reader-typescript/first-copies.js';
import { expectEachEventOnce, expectMissingSettingNamed, expectRefusedKeyNamed } from './reader-checks.js';

const main = fileURLToPath(new URL('../../examples/reader-typescript/main.ts', import.meta.url));
const command = { program: process.execPath, args: ['--import', 'tsx', main] };

describe('the reader in TypeScript', () => {
  test('prints each event once, in order', ({ signal }) => expectEachEventOnce(command, signal));

  test('ends and says why when the hub refuses its key', ({ signal }) =>
    expectRefusedKeyNamed(command, signal));

  test('says what is missing', ({ signal }) => expectMissingSettingNamed(command, signal));
});

test('only so many ids are remembered, the newest', () => {
  const firstCopies = new FirstCopies(2);
  expect(['a', 'b', 'a', 'c', 'b', 'a'].map((id) => firstCopies.isFirst(id))).toEqual([
    true,
    true,
    false,
    true,
    false,
    true,
  ]);
});

test('events without an id are never taken for repeats', () => {
  const firstCopies = new FirstCopies();
  expect([undefined, undefined].map((id) => firstCopies.isFirst(id))).toEqual([true, true]);
});
