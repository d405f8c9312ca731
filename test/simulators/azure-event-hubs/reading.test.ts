import { type EventPosition, latestEventPosition } from '@azure/event-hubs';
import { expect, test, vi } from 'vitest';
import type { LocalEventHubs } from './local-event-hubs.js';
import { bodies, consumer, producer, read, startHubs } from './sdk-clients.js';

async function fiveStored(hubs: LocalEventHubs): Promise<string> {
  const connectionString = hubs.connectionString({ hub: 'telemetry' });
  const client = producer(connectionString);
  await client.sendBatch([{ body: 0 }, { body: 1 }], { partitionId: '0' });
  // The start position by time is exact to the millisecond, so the two halves must differ by one.
  const before = Date.now();
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(before), { interval: 1 });
  await client.sendBatch([{ body: 2 }, { body: 3 }, { body: 4 }], { partitionId: '0' });
  return connectionString;
}

const positions: readonly [
  name: string,
  position: (hubs: LocalEventHubs) => EventPosition,
  expected: number[],
][] = [
  ['the beginning', () => ({ offset: '-1' }), [0, 1, 2, 3, 4]],
  ['behind a sequence number', () => ({ sequenceNumber: 2 }), [3, 4]],
  ['a sequence number itself', () => ({ sequenceNumber: 2, isInclusive: true }), [2, 3, 4]],
  ['behind an offset', (hubs) => ({ offset: placeOf(hubs, 2).offset }), [3, 4]],
  ['an offset itself', (hubs) => ({ offset: placeOf(hubs, 2).offset, isInclusive: true }), [2, 3, 4]],
  ['behind a time', (hubs) => ({ enqueuedOn: placeOf(hubs, 1).enqueuedTimeMs }), [2, 3, 4]],
];

function placeOf(hubs: LocalEventHubs, sequenceNumber: number) {
  const event = hubs.hub('telemetry').partition('0').at(sequenceNumber);
  if (!event) throw new Error(`no event ${sequenceNumber}`);
  return event;
}

test.each(positions)('a reader from %s gets what it should', async (_, position, expected) => {
  const hubs = await startHubs();
  const connectionString = await fiveStored(hubs);
  const reading = read(consumer(connectionString), '0', position(hubs));
  await vi.waitFor(() => expect(bodies(reading.events)).toEqual(expected));
});

test('a reader from the latest gets only what is stored after it came', async () => {
  const hubs = await startHubs();
  const connectionString = await fiveStored(hubs);
  const reading = read(consumer(connectionString), '0', latestEventPosition);
  await vi.waitFor(() => expect(hubs.receiverLinks()).toBe(1));
  await producer(connectionString).sendBatch([{ body: 'new' }], { partitionId: '0' });
  await vi.waitFor(() => expect(bodies(reading.events)).toEqual(['new']));
});

test('consumer groups read the same partition independently', async () => {
  const hubs = await startHubs({
    hubs: [{ name: 'telemetry', partitionCount: 1, consumerGroups: ['second'] }],
  });
  const connectionString = await fiveStored(hubs);
  const readings = ['$default', 'Second'].map((group) =>
    read(consumer(connectionString, group), '0', { offset: '-1' }),
  );
  for (const reading of readings) await vi.waitFor(() => expect(reading.events).toHaveLength(5));
});

test('an unknown consumer group is refused', async () => {
  const hubs = await startHubs();
  const reading = read(consumer(hubs.connectionString({ hub: 'telemetry' }), 'nobody'), '0', {
    offset: '-1',
  });
  await vi.waitFor(() => expect(reading.errors[0]).toMatchObject({ code: 'MessagingEntityNotFoundError' }));
});

test('a reader that asks for it is told the newest event of the partition', async () => {
  const hubs = await startHubs();
  const connectionString = await fiveStored(hubs);
  const options = { trackLastEnqueuedEventProperties: true };
  const reading = read(consumer(connectionString), '0', { sequenceNumber: 0 }, options);
  await vi.waitFor(() => expect(reading.events).toHaveLength(4));
  expect(reading.metrics[0]).toMatchObject({ sequenceNumber: 4, offset: placeOf(hubs, 4).offset });
});

test('a slow reader of a long log gets every event once and in order', async () => {
  const hubs = await startHubs();
  const connectionString = hubs.connectionString({ hub: 'telemetry' });
  const client = producer(connectionString);
  for (let round = 0; round < 2; round++) {
    const batch = await client.createBatch({ partitionId: '0' });
    for (let index = 0; index < 700; index++) batch.tryAdd({ body: round * 700 + index });
    await client.sendBatch(batch);
  }
  const reading = read(
    consumer(connectionString),
    '0',
    { offset: '-1' },
    { maxBatchSize: 150, prefetchCount: 0 },
  );
  await vi.waitFor(() => expect(reading.events).toHaveLength(1400), { timeout: 15_000 });
  expect(bodies(reading.events)).toEqual(Array.from({ length: 1400 }, (_, index) => index));
});

test('events larger than a turn of the loop allows still all arrive', async () => {
  const hubs = await startHubs();
  const connectionString = hubs.connectionString({ hub: 'telemetry' });
  const client = producer(connectionString);
  for (let index = 0; index < 8; index++) {
    await client.sendBatch([{ body: Buffer.alloc(900_000, index) }], { partitionId: '0' });
  }
  const reading = read(consumer(connectionString), '0', { offset: '-1' });
  await vi.waitFor(() => expect(reading.events).toHaveLength(8), { timeout: 10_000 });
});

test.each([
  ['an equal owner level', 1, 1],
  ['a higher owner level', 1, 2],
])('%s takes the partition over', async (_, first, second) => {
  const hubs = await startHubs();
  const connectionString = hubs.connectionString({ hub: 'telemetry' });
  const holder = read(consumer(connectionString), '0', { offset: '-1' }, { ownerLevel: first });
  await vi.waitFor(() => expect(hubs.receiverLinks()).toBe(1));
  const taker = read(consumer(connectionString), '0', { offset: '-1' }, { ownerLevel: second });
  await vi.waitFor(() => expect(holder.errors[0]).toMatchObject({ code: 'ReceiverDisconnectedError' }));
  await producer(connectionString).sendBatch([{ body: 'for the taker' }], { partitionId: '0' });
  await vi.waitFor(() => expect(bodies(taker.events)).toEqual(['for the taker']));
  expect(holder.events).toEqual([]);
});

test.each([
  ['a lower owner level', { ownerLevel: 1 }],
  ['a reader without owner level', {}],
])('%s is refused while a higher one reads', async (_, options) => {
  const hubs = await startHubs();
  const connectionString = hubs.connectionString({ hub: 'telemetry' });
  read(consumer(connectionString), '0', { offset: '-1' }, { ownerLevel: 2 });
  await vi.waitFor(() => expect(hubs.receiverLinks()).toBe(1));
  const refused = read(consumer(connectionString), '0', { offset: '-1' }, options);
  await vi.waitFor(() => expect(refused.errors[0]).toMatchObject({ code: 'ReceiverDisconnectedError' }));
});

test('a sixth reader without owner level is refused', async () => {
  const hubs = await startHubs();
  const connectionString = hubs.connectionString({ hub: 'telemetry' });
  const client = consumer(connectionString);
  for (let index = 0; index < 5; index++) {
    read(index === 0 ? client : consumer(connectionString), '0', { offset: '-1' });
  }
  await vi.waitFor(() => expect(hubs.receiverLinks()).toBe(5));
  const sixth = read(consumer(connectionString), '0', { offset: '-1' });
  await vi.waitFor(() => expect(sixth.errors[0]).toMatchObject({ code: 'QuotaExceededError' }));
});
