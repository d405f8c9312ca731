import { expect, test } from 'vitest';
import { rateOf } from '../../src/tenants/copy-records.js';

const record = (bytesPerSecond: number, isGuessed: boolean) => ({
  safeUntil: '2026-01-01T00:00:00.000Z',
  bytes: 0,
  bytesPerSecond,
  isGuessed,
});

test('what copies have seen of a topic adds up', () => {
  expect(rateOf([record(100, false), record(50, false)])).toEqual({ bytesPerSecond: 150, isGuessed: false });
});

test('what they only guess does not, and ends where anything is known', () => {
  expect(rateOf([record(100, true), record(80, true)])).toEqual({ bytesPerSecond: 100, isGuessed: true });
  expect(rateOf([record(900, true), record(80, false)])).toEqual({ bytesPerSecond: 80, isGuessed: false });
  expect(rateOf([])).toEqual({ bytesPerSecond: 0, isGuessed: true });
});
