import { expect, test, vi } from 'vitest';
import { Topic } from '../store/topic.js';
import { startInMemory } from './memory-fixture.js';
import { store } from './subscriber-fixture.js';
import { NoSubscription } from './subscriptions.js';

test('a subscription that is closed twice frees one place', () => {
  const { subscriptions, open } = startInMemory({ maxConnectionsPerZone: 1 });
  const { subscription } = open('receive');
  subscriptions.close(subscription);
  subscriptions.close(subscription);
  open('receive');
  expect(() => open('receive')).toThrow(NoSubscription);
});

test('a subscription that is refused has neither a place nor partitions', () => {
  const { topic, subscriptions, open } = startInMemory({ maxConnectionsPerZone: 1 });
  const { subscription, sink } = open('receive');
  expect(() => open('receive')).toThrow('Zone zone-1 has 1 subscriber connections already');
  for (let at = 0; at < 5; at++) store(topic, `m${at}`);
  expect(sink.takeIds().flat()).toEqual(['m0', 'm1', 'm2', 'm3', 'm4']);
  subscriptions.close(subscription);
  open('receive');
});

test('when all are stopped nothing is written, and nobody gets a subscription any more', () => {
  const { topic, subscriptions, open } = startInMemory();
  const acking = open('receiveWithAcks');
  const batching = open('subscribe', { metrics: 'true' });
  store(topic, 'a');
  acking.sink.takeIds();
  subscriptions.stop();
  store(topic, 'b');
  vi.advanceTimersByTime(1_000_000);
  expect([acking.sink.writes, batching.sink.writes]).toEqual([[], []]);
  expect(() => open('receive')).toThrow('The service is stopping');
});

test('a topic that was deleted just before is not read, and does no harm', () => {
  const { topic, subscriptions, open } = startInMemory();
  topic.delete();
  const { subscription, sink } = open('receive');
  expect(sink.writes).toEqual([]);
  subscriptions.close(subscription);
});

test('a deleted topic is read no more, while the others of a connection go on', () => {
  const { topic, open } = startInMemory();
  const other = new Topic('other', { retentionMs: 86_400_000, folder: undefined });
  const { sink, acknowledge } = open('receiveWithAcks', {}, [topic, other]);
  store(other, 'a');
  const [message = []] = sink.writes.splice(0);
  other.delete();
  acknowledge(message);
  expect(other.positions.get('default-subscriber-name', 0)).toBe(0);
  store(topic, 'b');
  vi.advanceTimersByTime(30_000);
  expect(sink.takeIds()).toEqual([['b'], ['b']]);
});

test('topics of one connection take turns, so that a long one does not hold up another', () => {
  const { topic, open } = startInMemory({ window: 20 });
  const other = new Topic('other', { retentionMs: 86_400_000, folder: undefined });
  for (let at = 0; at < 100; at++) store(topic, `long-${at}`);
  for (let at = 0; at < 10; at++) store(other, `short-${at}`);
  const { sink } = open('receiveWithAcks', {}, [topic, other]);
  const ids = sink.takeIds().flat();
  expect(ids).toHaveLength(20);
  expect(ids.filter((id) => id.startsWith('short-'))).toHaveLength(10);
});
