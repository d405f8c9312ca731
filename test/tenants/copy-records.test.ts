import { expect, test } from 'vitest';
import { rateOf, subscribedAtOf } from '../../src/tenants/copy-records.js';

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

test('a subscription was there when any copy has last seen it', () => {
  const times = ['2026-01-02T00:00:00.000Z', '2026-01-03T00:00:00.000Z'];
  const records = times.map((subscribedAt) => ({ ...record(0, false), subscribedAt }));
  expect(subscribedAtOf([...records, record(0, false)])).toBe(Date.parse('2026-01-03T00:00:00.000Z'));
  expect(subscribedAtOf([record(0, false)])).toBeUndefined();
});
