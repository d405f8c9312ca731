import { expect, test, vi } from 'vitest';
import { partitionIndexFor } from './partition-key-hash.js';
import { bodies, consumer, failureOf, producer, read, startHubs } from './sdk-clients.js';

test('a batch to a partition is stored there in order with consecutive sequence numbers from 0', async () => {
  const hubs = await startHubs();
  const client = producer(hubs.connectionString({ hub: 'telemetry' }));
  for (const bodiesOfBatch of [['a', 'b'], ['c']]) {
    const batch = await client.createBatch({ partitionId: '2' });
    for (const body of bodiesOfBatch) expect(batch.tryAdd({ body: Buffer.from(body) })).toBe(true);
    await client.sendBatch(batch);
  }
  const events = hubs.hub('telemetry').partition('2').events();
  expect(events.map((event) => [event.sequenceNumber, event.body.toString()])).toEqual([
    [0, 'a'],
    [1, 'b'],
    [2, 'c'],
  ]);
  expect(hubs.hub('telemetry').eventCount).toBe(3);
});

test('a partition key goes to the partition of its hash and comes back with the event', async () => {
  const hubs = await startHubs();
  const connectionString = hubs.connectionString({ hub: 'telemetry' });
  await producer(connectionString).sendBatch([{ body: 1 }, { body: 2 }], { partitionKey: '7' });
  const partition = String(partitionIndexFor('7', 4));
  const reading = read(consumer(connectionString), partition, { sequenceNumber: -1 });
  await vi.waitFor(() => expect(bodies(reading.events)).toEqual([1, 2]));
  expect(reading.events.map((event) => event.partitionKey)).toEqual(['7', '7']);
});

test('events without key go to the partitions in turn', async () => {
  const hubs = await startHubs();
  const client = producer(hubs.connectionString({ hub: 'telemetry' }));
  for (let index = 0; index < 8; index++) await client.sendBatch([{ body: index }]);
  const hub = hubs.hub('telemetry');
  expect(hub.partitionIds.map((id) => hub.partition(id).lastSequenceNumber)).toEqual([1, 1, 1, 1]);
});

test('eight sends at once on one link are stored in the order they were made', async () => {
  const hubs = await startHubs();
  const client = producer(hubs.connectionString({ hub: 'telemetry' }));
  const body = Buffer.alloc(20_000, 'x');
  await client.sendBatch([{ body: 'first' }], { partitionId: '0' });
  const numbers = Array.from({ length: 8 }, (_, index) => index);
  await Promise.all(
    numbers.map((index) =>
      client.sendBatch([{ body, messageId: `m${index}` }, { body }, { body }, { body }], {
        partitionId: '0',
      }),
    ),
  );
  const ids = hubs
    .hub('telemetry')
    .partition('0')
    .events()
    .map((event) => event.messageId);
  expect(ids.filter((id) => id !== undefined)).toEqual(numbers.map((index) => `m${index}`));
});

test('properties, ids, annotations and body kinds come back unchanged', async () => {
  const hubs = await startHubs();
  const connectionString = hubs.connectionString({ hub: 'telemetry' });
  const properties = {
    text: 'ä',
    yes: true,
    count: 7,
    negative: -3,
    ratio: 0.5,
    when: new Date(1_700_000_000_000),
  };
  await producer(connectionString).sendBatch(
    [
      {
        bodyType: 'data',
        body: Buffer.from([0, 1, 255]),
        properties: { messageId: 'id-1', correlationId: 'c', contentType: 'application/octet-stream' },
        applicationProperties: properties,
        messageAnnotations: { 'x-own': 'kept', 'x-opt-offset': 'forged' },
        header: { durable: true },
      },
      { bodyType: 'value', body: 'plain value' },
      { bodyType: 'sequence', body: [[1, 'two']] },
    ],
    { partitionId: '0' },
  );
  const reading = read(
    consumer(connectionString),
    '0',
    { sequenceNumber: -1 },
    { skipParsingBodyAsJson: true },
  );
  await vi.waitFor(() => expect(reading.events).toHaveLength(3));
  const [first, second, third] = reading.events;
  expect(first?.body).toEqual(Buffer.from([0, 1, 255]));
  expect(first?.properties).toEqual({ ...properties, when: properties.when.getTime() });
  expect(first).toMatchObject({
    messageId: 'id-1',
    correlationId: 'c',
    contentType: 'application/octet-stream',
  });
  expect(first?.systemProperties).toMatchObject({ 'x-own': 'kept' });
  expect(first?.offset).not.toBe('forged');
  expect(second?.body).toBe('plain value');
  expect(third?.body).toEqual([[1, 'two']]);
});

test('the size a batch may have is the size the hub allows', async () => {
  const hubs = await startHubs({ maxMessageBytes: 4096 });
  const client = producer(hubs.connectionString({ hub: 'telemetry' }));
  const batch = await client.createBatch();
  expect(batch.maxSizeInBytes).toBe(4096);
  expect(batch.tryAdd({ body: Buffer.alloc(5000) })).toBe(false);
  const failure = await failureOf(client.sendBatch([{ body: Buffer.alloc(5000) }]));
  expect(failure).toMatchObject({ code: 'MessageTooLargeError', retryable: false });
  expect(hubs.hub('telemetry').eventCount).toBe(0);
});

test('a batch over many frames is stored whole', async () => {
  const hubs = await startHubs();
  const client = producer(hubs.connectionString({ hub: 'telemetry' }));
  const batch = await client.createBatch({ partitionId: '0' });
  while (batch.tryAdd({ body: Buffer.alloc(100_000, batch.count) }));
  await client.sendBatch(batch);
  const events = hubs.hub('telemetry').partition('0').events();
  expect(events.map((event) => event.body[99_999])).toEqual(Array.from({ length: 10 }, (_, index) => index));
});

test('an unknown hub and an unknown partition are refused as the service does', async () => {
  const hubs = await startHubs();
  const unknownHub = producer(hubs.connectionString({ hub: 'nothing' }));
  expect(await failureOf(unknownHub.sendBatch([{ body: 1 }]))).toMatchObject({
    code: 'MessagingEntityNotFoundError',
  });
  const client = producer(hubs.connectionString({ hub: 'telemetry' }));
  const failure = await failureOf(client.sendBatch([{ body: 1 }], { partitionId: '9' }));
  expect(failure).toMatchObject({ code: 'ArgumentOutOfRangeError', retryable: false });
});

test('a hub added later takes events and one removed is not found', async () => {
  const hubs = await startHubs();
  hubs.addHub({ name: 'later', partitionCount: 1 });
  const client = producer(hubs.connectionString({ hub: 'later' }));
  await client.sendBatch([{ body: 1 }]);
  expect(hubs.hub('later').eventCount).toBe(1);
  hubs.removeHub('later');
  await vi.waitFor(() => expect(hubs.senderLinks()).toBe(0));
  await vi.waitFor(async () =>
    expect(await failureOf(client.sendBatch([{ body: 2 }]))).toMatchObject({
      code: 'MessagingEntityNotFoundError',
    }),
  );
});
