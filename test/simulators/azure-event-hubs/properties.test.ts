import { expect, test } from 'vitest';
import { consumer, failureOf, producer, startHubs } from './sdk-clients.js';

test('the properties of a hub name it and its partitions', async () => {
  const hubs = await startHubs();
  const client = producer(hubs.connectionString({ hub: 'telemetry' }));
  const properties = await client.getEventHubProperties();
  expect(properties).toMatchObject({ name: 'telemetry', partitionIds: ['0', '1', '2', '3'] });
  expect(properties.createdOn).toEqual(hubs.hub('telemetry').createdAt);
  expect(await client.getPartitionIds()).toEqual(['0', '1', '2', '3']);
});

test('an empty partition has no events behind -1', async () => {
  const hubs = await startHubs();
  const client = consumer(hubs.connectionString({ hub: 'telemetry' }));
  expect(await client.getPartitionProperties('3')).toMatchObject({
    partitionId: '3',
    isEmpty: true,
    beginningSequenceNumber: -1,
    lastEnqueuedSequenceNumber: -1,
    lastEnqueuedOffset: '-1',
    lastEnqueuedOnUtc: new Date(0),
  });
});

test('a partition with events tells its first and last', async () => {
  const hubs = await startHubs();
  const client = producer(hubs.connectionString({ hub: 'telemetry' }));
  await client.sendBatch([{ body: 1 }, { body: 2 }], { partitionId: '3' });
  const last = hubs.hub('telemetry').partition('3').at(1);
  expect(await client.getPartitionProperties('3')).toMatchObject({
    isEmpty: false,
    beginningSequenceNumber: 0,
    lastEnqueuedSequenceNumber: 1,
    lastEnqueuedOffset: last?.offset,
    lastEnqueuedOnUtc: new Date(last?.enqueuedTimeMs ?? 0),
  });
});

test('properties of an unknown hub or partition are refused', async () => {
  const hubs = await startHubs();
  const unknown = producer(hubs.connectionString({ hub: 'nothing' }));
  expect(await failureOf(unknown.getEventHubProperties())).toMatchObject({
    code: 'MessagingEntityNotFoundError',
  });
  const client = producer(hubs.connectionString({ hub: 'telemetry' }));
  const failure = await failureOf(client.getPartitionProperties('9'));
  expect(failure).toMatchObject({ code: 'ArgumentOutOfRangeError' });
});

test('a hub that grows has more partitions at once, keeps what it has, and tells of events in all of them', async () => {
  const hubs = await startHubs();
  const client = producer(hubs.connectionString({ hub: 'telemetry' }));
  const appended: string[] = [];
  hubs.hub('telemetry').onAppended((_events, partitionId) => appended.push(partitionId));
  await client.sendBatch([{ body: 1 }], { partitionId: '3' });
  hubs.hub('telemetry').grow(6);
  hubs.hub('telemetry').grow(2);
  expect(await client.getPartitionIds()).toEqual(['0', '1', '2', '3', '4', '5']);
  await client.sendBatch([{ body: 2 }], { partitionId: '5' });
  expect(appended).toEqual(['3', '5']);
  expect(hubs.hub('telemetry').eventCount).toBe(2);
});
