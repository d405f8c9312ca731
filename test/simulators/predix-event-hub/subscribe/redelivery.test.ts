import { expect, test, vi } from 'vitest';
import { Topic } from '../store/topic.js';
import { ackOf, startInMemory } from './memory-fixture.js';
import { store, zone } from './subscriber-fixture.js';

const key = Buffer.from('all in one partition');
const headers = { 'duration-before-retry': '40s', 'retry-interval': '50s', 'max-retries': '3' };

test('[seed 303] a message that is not acknowledged comes again: after the first time, then in intervals', () => {
  const { topic, open } = startInMemory();
  const { sink } = open('receiveWithAcks', headers);
  store(topic, 'a');
  expect(sink.takeIds()).toEqual([['a']]);
  for (const waitMs of [40_000, 50_000, 50_000]) {
    vi.advanceTimersByTime(waitMs - 1);
    expect(sink.takeIds()).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(sink.takeIds()).toEqual([['a']]);
  }
});

test('after the last retry a message is dropped, which is logged, and the position moves on', () => {
  const { topic, logged, open } = startInMemory();
  const { sink } = open('receiveWithAcks', headers);
  store(topic, 'a');
  vi.advanceTimersByTime(40_000 + 3 * 50_000 - 1);
  expect(sink.takeIds()).toHaveLength(4);
  expect(topic.positions.get('default-subscriber-name', 0)).toBe(0);
  vi.advanceTimersByTime(1);
  expect(topic.positions.get('default-subscriber-name', 0)).toBe(1);
  expect(logged).toEqual([
    `zone ${zone}, subscriber default-subscriber-name: message a at topic/0/0 is dropped after 3 retries`,
  ]);
  vi.advanceTimersByTime(200_000);
  expect(sink.takeIds()).toEqual([]);
});

test('what is acknowledged does not come again, whatever is around it', () => {
  const { topic, open } = startInMemory();
  const { sink, acknowledge } = open('receiveWithAcks', headers);
  for (const id of ['a', 'b', 'c']) store(topic, id, Buffer.alloc(0), key);
  acknowledge(sink.writes[1] ?? []);
  sink.takeIds();
  vi.advanceTimersByTime(40_000);
  expect(sink.takeIds()).toEqual([['a'], ['c']]);
});

test('[seed 307-310] 0 is accepted; 3 is failed, and has the message come again after the interval as a retry', () => {
  const { topic, open } = startInMemory();
  const { sink, acknowledge } = open('receiveWithAcks', { ...headers, 'max-retries': '2' });
  store(topic, 'good', Buffer.alloc(0), key);
  store(topic, 'bad', Buffer.alloc(0), key);
  const [good = [], bad = []] = sink.writes;
  acknowledge(good, 0);
  acknowledge(bad, 3);
  // Saying it again does not put it off.
  vi.advanceTimersByTime(49_999);
  acknowledge(bad, 3);
  sink.takeIds();
  vi.advanceTimersByTime(1);
  expect(sink.takeIds()).toEqual([['bad']]);
  acknowledge(bad, 3);
  vi.advanceTimersByTime(50_000);
  expect(sink.takeIds()).toEqual([['bad']]);
  acknowledge(bad, 3);
  vi.advanceTimersByTime(50_000);
  expect(sink.takeIds()).toEqual([]);
  expect([0, 1, 2, 3, 4].map((at) => topic.positions.get('default-subscriber-name', at))).toContain(2);
});

test('a message that failed may be accepted after all', () => {
  const { topic, open } = startInMemory();
  const { sink, acknowledge } = open('receiveWithAcks', headers);
  store(topic, 'a');
  const [message = []] = sink.writes;
  acknowledge(message, 3);
  acknowledge(message, 0);
  sink.takeIds();
  vi.advanceTimersByTime(500_000);
  expect(sink.takeIds()).toEqual([]);
});

test('late, repeated and unknown acknowledgements, and those with another status, mean nothing', () => {
  const { topic, subscriptions, open } = startInMemory();
  const first = open('receiveWithAcks', headers);
  store(topic, 'a');
  const [message = []] = first.sink.writes;
  const [wire = {}] = message;
  const unknown = [
    { ...wire, offset: '1' },
    { ...wire, partition: 9 },
    { ...wire, topic: 'other' },
  ];
  first.acknowledge([...unknown, { ...wire, offset: 'no number' }]);
  first.acknowledge(message, 1);
  expect(topic.positions.get('default-subscriber-name', 0)).toBe(0);
  subscriptions.close(first.subscription);
  first.acknowledge(message);
  expect(topic.positions.get('default-subscriber-name', 0)).toBe(0);
  const second = open('receiveWithAcks', headers);
  second.acknowledge(message);
  second.acknowledge(message);
  expect(topic.positions.get('default-subscriber-name', 0)).toBe(1);
});

test.each([
  ['the plain name of its topic', 'topic'],
  ['the name with the zone before it', `${zone}_topic`],
  ['no name', ''],
])('an acknowledgement may give %s', (_, name) => {
  const { topic, open } = startInMemory();
  const { sink, subscription } = open('receiveWithAcks', headers);
  store(topic, 'a');
  subscription.connection.acknowledge([ackOf({ ...sink.writes[0]?.[0], topic: name }, 0)]);
  expect(topic.positions.get('default-subscriber-name', 0)).toBe(1);
});

test('the same partition and offset in two topics are two messages', () => {
  const { topic, open } = startInMemory();
  const other = new Topic('other', { retentionMs: 86_400_000, folder: undefined });
  const { subscription } = open('receiveWithAcks', headers, [topic, other]);
  store(topic, 'a');
  store(other, 'b');
  subscription.connection.acknowledge([{ topic: 'other', partition: 0, offset: '0', status_code: 0 }]);
  expect(topic.positions.get('default-subscriber-name', 0)).toBe(0);
  expect(other.positions.get('default-subscriber-name', 0)).toBe(1);
});

test('a connection gets no more than its window before it acknowledges', () => {
  const { topic, open } = startInMemory({ window: 3 });
  const { sink, acknowledge } = open('receiveWithAcks', headers);
  for (const id of ['a', 'b', 'c', 'd', 'e']) store(topic, id, Buffer.alloc(0), key);
  expect(sink.takeIds()).toEqual([['a'], ['b'], ['c']]);
  acknowledge([{ topic: 'topic', partition: partitionOf(topic), offset: '1' }]);
  expect(sink.takeIds()).toEqual([['d']]);
});

test('without acknowledgements there is no window, and nothing comes again', () => {
  const { topic, open } = startInMemory({ window: 1 });
  const { sink } = open('receive', headers);
  sink.isFast = false;
  for (const id of ['a', 'b']) store(topic, id);
  vi.advanceTimersByTime(500_000);
  expect(sink.takeIds()).toEqual([['a'], ['b']]);
  // Nothing has left yet.
  expect(topic.positions.get('default-subscriber-name', 0)).toBe(0);
});

test('a sink that is full gets nothing until it has drained, and then everything', () => {
  const { topic, open } = startInMemory();
  const { sink, subscription } = open('receiveWithAcks', headers);
  sink.isOpen = false;
  for (const id of ['a', 'b']) store(topic, id, Buffer.alloc(0), key);
  vi.advanceTimersByTime(100_000);
  expect(sink.takeIds()).toEqual([['a']]);
  sink.isOpen = true;
  subscription.sender.drained();
  // The first one has become due meanwhile.
  expect(sink.takeIds()).toEqual([['a'], ['b']]);
});

test('[seed 9] a message that is not acknowledged does not come again once it is older than retention', () => {
  const { topic, open } = startInMemory({}, 30_000);
  const { sink } = open('receiveWithAcks', headers);
  store(topic, 'a');
  sink.takeIds();
  vi.advanceTimersByTime(200_000);
  expect(sink.takeIds()).toEqual([]);
  expect(topic.positions.get('default-subscriber-name', 0)).toBe(1);
});

test('what is in flight on a partition that goes to another connection comes again there, and only there', () => {
  const { topic, open } = startInMemory();
  const first = open('receiveWithAcks', headers);
  for (let at = 0; at < 10; at++) store(topic, `m${at}`);
  const acknowledged = first.sink.writes.flat().filter(({ offset }) => offset === '0');
  first.acknowledge(acknowledged);
  first.sink.takeIds();
  const second = open('receiveWithAcks', headers);
  const moved = second.sink.takeIds();
  expect(moved).toHaveLength(2);
  vi.advanceTimersByTime(40_000);
  const again = first.sink.takeIds();
  expect([...moved, ...again].flat().toSorted()).toEqual(['m5', 'm6', 'm7', 'm8', 'm9']);
});

function partitionOf(topic: Topic): number {
  return topic.messages()[0]?.partition ?? -1;
}
