import { expect, test } from 'vitest';
import { isOfAnotherUser, rateOf, subscribedAtOf } from '../../src/tenants/copy-records.js';

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

test.each([
  ['the same', ['a1b2'], 'a1b2', false],
  ['another', ['ffff'], 'a1b2', true],
  ['another, but not in all copies', ['ffff', 'a1b2'], 'a1b2', false],
  ['unknown, as an older version has not said', [undefined], 'a1b2', false],
  ['not told apart', ['ffff'], undefined, false],
])('the service user of the last run may be %s', (_, marks, userMark, isOther) => {
  const base = { beat: 1, hasStopped: true, seenAt: '2026-01-02T00:00:00.000Z', routes: {} };
  const records = marks.map((mark) => (mark === undefined ? base : { ...base, userMark: mark }));
  expect(isOfAnotherUser(records, userMark)).toBe(isOther);
});

test('a subscription was there when any copy has last seen it', () => {
  const times = ['2026-01-02T00:00:00.000Z', '2026-01-03T00:00:00.000Z'];
  const records = times.map((subscribedAt) => ({ ...record(0, false), subscribedAt }));
  expect(subscribedAtOf([...records, record(0, false)])).toBe(Date.parse('2026-01-03T00:00:00.000Z'));
  expect(subscribedAtOf([record(0, false)])).toBeUndefined();
});
