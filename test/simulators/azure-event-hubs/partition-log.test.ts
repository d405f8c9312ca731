import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PartitionLog } from './partition-log.js';

const hourMs = 3_600_000;
const start = Date.UTC(2030, 0, 1);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: start });
});

afterEach(() => {
  vi.useRealTimers();
});

function events(count: number): Buffer[] {
  return Array.from({ length: count }, (_, index) => Buffer.from(`event ${index}`));
}

test('events older than the retention are dropped and their numbers are not used again', () => {
  const log = new PartitionLog('0', hourMs);
  log.append(events(3), undefined);
  vi.setSystemTime(start + hourMs / 2);
  log.append(events(2), undefined);
  vi.setSystemTime(start + hourMs + 1);
  expect(log.events().map((event) => event.sequenceNumber)).toEqual([3, 4]);
  vi.setSystemTime(start + 2 * hourMs);
  expect(log.events()).toEqual([]);
  expect(log.lastSequenceNumber).toBe(4);
  expect(log.last?.sequenceNumber).toBe(4);
  log.append(events(1), undefined);
  expect(log.events().map((event) => event.sequenceNumber)).toEqual([5]);
});

test('a position that has expired begins at the oldest event kept', () => {
  const log = new PartitionLog('0', hourMs);
  log.append(events(3), undefined);
  vi.setSystemTime(start + 2 * hourMs);
  log.append(events(1), undefined);
  expect(log.resolve({ from: 'sequenceNumber', value: 0, inclusive: true })).toBe(3);
  expect(log.resolve({ from: 'earliest' })).toBe(3);
  expect(log.resolve({ from: 'latest' })).toBe(4);
});

test('enqueued times never run backwards, whatever the clock does', () => {
  const log = new PartitionLog('0', hourMs);
  log.append(events(1), undefined);
  vi.setSystemTime(start - 1000);
  log.append(events(1), undefined);
  expect(log.at(1)?.enqueuedTimeMs).toBe(start);
});

test('listeners hear of every append once, with its events in order, until they end', () => {
  const log = new PartitionLog('7', hourMs);
  const heard: [string, number[]][] = [];
  const end = log.onAppended((added, id) => heard.push([id, added.map((event) => event.sequenceNumber)]));
  log.append(events(2), undefined);
  log.append([], undefined);
  log.append(events(1), undefined);
  end();
  log.append(events(1), undefined);
  expect(heard).toEqual([
    ['7', [0, 1]],
    ['7', [2]],
  ]);
});
