import { expect, test, vi } from 'vitest';
import { oneMegabyte } from '../publish/publication.js';
import type { Topic } from '../store/topic.js';
import { startInMemory } from './memory-fixture.js';
import { store, zone } from './subscriber-fixture.js';

const key = Buffer.from('all in one partition');
const intersection = { 'batch-size': '10', 'batch-interval': '1000ms' };
const union = { ...intersection, 'batchtype-union': 'true' };

function storeMany(topic: Topic, count: number, body = Buffer.alloc(0)): void {
  for (let at = 0; at < count; at++) store(topic, `m${at}`, body, key);
}

test('an intersection is never more than its size in one interval', () => {
  const { topic, open } = startInMemory();
  const { sink } = open('subscribe', intersection);
  storeMany(topic, 25);
  const sizes: number[] = [];
  for (let tick = 0; tick < 5; tick++) {
    expect(sink.writes).toEqual([]);
    vi.advanceTimersByTime(999);
    expect(sink.writes).toEqual([]);
    vi.advanceTimersByTime(1);
    sizes.push(...sink.takeIds().map(({ length }) => length));
  }
  expect(sizes).toEqual([10, 10, 5]);
});

test('a union goes out as soon as it is full, and what is left when the interval is over', () => {
  const { topic, open } = startInMemory();
  const { sink } = open('subscribe', union);
  storeMany(topic, 25);
  expect(sink.takeIds().map(({ length }) => length)).toEqual([10, 10]);
  vi.advanceTimersByTime(999);
  expect(sink.takeIds()).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(sink.takeIds()).toEqual([['m20', 'm21', 'm22', 'm23', 'm24']]);
});

test('there is no empty batch', () => {
  const { topic, open } = startInMemory();
  const both = [open('subscribe', { ...union, subscribername: 'u' }), open('subscribe', intersection)];
  vi.advanceTimersByTime(10_000);
  storeMany(topic, 1);
  vi.advanceTimersByTime(10_000);
  for (const { sink } of both) expect(sink.takeIds()).toEqual([['m0']]);
});

test.each([
  ['intersection', intersection],
  ['union', union],
])('an %s holds less than 1 MB', (_, headers) => {
  const { topic, open } = startInMemory();
  const { sink } = open('subscribe', headers);
  storeMany(topic, 5, Buffer.alloc(400_000));
  vi.advanceTimersByTime(5000);
  expect(sink.takeIds()).toEqual([['m0', 'm1'], ['m2', 'm3'], ['m4']]);
});

test('a message that is as large as may be goes alone', () => {
  const { topic, open } = startInMemory();
  const { sink } = open('subscribe', union);
  storeMany(topic, 2, Buffer.alloc(oneMegabyte - 50));
  vi.advanceTimersByTime(5000);
  expect(sink.takeIds()).toEqual([['m0'], ['m1']]);
});

test('[seed 303] those of a batch that are not acknowledged come again as a batch, no earlier than they should', () => {
  const { topic, open } = startInMemory();
  const { sink, acknowledge } = open('subscribe', { ...union, acks: 'true', 'duration-before-retry': '30s' });
  storeMany(topic, 5);
  vi.advanceTimersByTime(1000);
  const [batch = []] = sink.writes.splice(0);
  acknowledge(batch.filter((_, at) => at % 2 === 0));
  vi.advanceTimersByTime(30_000);
  expect(sink.takeIds()).toEqual([]);
  vi.advanceTimersByTime(1000);
  expect(sink.takeIds()).toEqual([['m1', 'm3']]);
});

test('batches without acknowledgements do not come again, and the position is behind what was written', () => {
  const { topic, open } = startInMemory();
  const { sink } = open('subscribe', union);
  storeMany(topic, 10);
  vi.advanceTimersByTime(500_000);
  expect(sink.takeIds()).toHaveLength(1);
  expect([0, 1, 2, 3, 4].map((at) => topic.positions.get('default-subscriber-name', at)).toSorted()).toEqual([
    0, 0, 0, 0, 10,
  ]);
});

test('what was acknowledged, or has gone to another connection, while it waited in a batch is left out', () => {
  const { topic, subscriptions, open } = startInMemory();
  const first = open('subscribe', { ...union, acks: 'true' });
  store(topic, 'a');
  vi.advanceTimersByTime(1000);
  const [batch = []] = first.sink.writes.splice(0);
  vi.advanceTimersByTime(30_000);
  first.acknowledge(batch);
  vi.advanceTimersByTime(1000);
  expect(first.sink.takeIds()).toEqual([]);
  for (let at = 0; at < 5; at++) store(topic, `m${at}`);
  const second = open('subscribe', { ...union, acks: 'true' });
  vi.advanceTimersByTime(1000);
  const shared = [...first.sink.takeIds().flat(), ...second.sink.takeIds().flat()];
  expect(shared.toSorted()).toEqual(['m0', 'm1', 'm2', 'm3', 'm4']);
  subscriptions.close(second.subscription);
});

test('a batch waits for a sink that is full', () => {
  const { topic, open } = startInMemory();
  const { sink, subscription } = open('subscribe', union);
  sink.isOpen = false;
  storeMany(topic, 25);
  vi.advanceTimersByTime(5000);
  expect(sink.takeIds()).toHaveLength(1);
  sink.isOpen = true;
  subscription.sender.drained();
  expect(sink.takeIds().map(({ length }) => length)).toEqual([10]);
  vi.advanceTimersByTime(1000);
  expect(sink.takeIds().map(({ length }) => length)).toEqual([5]);
});

test.each(['receive', 'subscribe'] as const)(
  'a sink that drains after %s has ended gets nothing',
  (method) => {
    const { topic, subscriptions, open } = startInMemory();
    const { sink, subscription } = open(method, union);
    sink.isOpen = false;
    storeMany(topic, 12);
    sink.takeIds();
    subscriptions.close(subscription);
    subscription.sender.drained();
    vi.advanceTimersByTime(5000);
    expect(sink.takeIds()).toEqual([]);
  },
);

test('a batch of the size that was asked for comes about even if that is more than the window', () => {
  const { topic, open } = startInMemory({ window: 3 });
  const { sink } = open('subscribe', { ...union, acks: 'true' });
  storeMany(topic, 10);
  expect(sink.takeIds().map(({ length }) => length)).toEqual([10]);
});

test('one metric message comes per interval, the first after one, with the next offset of each partition', () => {
  const { topic, open } = startInMemory();
  const { sink } = open('subscribe', {
    metrics: 'true',
    'metrics-interval': '1m',
    'batch-interval': '100ms',
  });
  vi.advanceTimersByTime(60_000);
  expect(sink.writes).toEqual([]);
  storeMany(topic, 2);
  vi.advanceTimersByTime(100);
  const [batch = []] = sink.writes.splice(0);
  expect(batch.map(({ isMetricMsg = false }) => isMetricMsg)).toEqual([false, false, true]);
  const values = (filled: number): object =>
    Object.fromEntries([0, 1, 2, 3, 4].map((n) => [`${zone}_topic-${n}`, n === filled ? '2' : '0']));
  const { partition = -1 } = batch[0] ?? {};
  expect(batch[2]?.metric?.metricmap).toEqual(values(-1));
  vi.advanceTimersByTime(120_000);
  const later = sink.writes.splice(0).flat();
  expect(later.map(({ metric }) => metric?.metricmap)).toEqual([values(partition), values(partition)]);
});

test('metric messages do not count, are not acknowledged and do not come again', () => {
  const { topic, open } = startInMemory({ window: 2 });
  const headers = { acks: 'true', metrics: 'true', 'metrics-interval': '1m', 'batch-size': '2' };
  const { sink } = open('subscribe', headers);
  vi.advanceTimersByTime(60_000);
  storeMany(topic, 2);
  expect(sink.writes.splice(0).map(({ length }) => length)).toEqual([3]);
  vi.advanceTimersByTime(31_000);
  expect(sink.takeIds()).toEqual([['m0', 'm1']]);
});
