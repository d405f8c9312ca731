import { EventHubProducerClient } from '@azure/event-hubs';
import { expect, test, vi } from 'vitest';
import type { LocalEventHubs } from './local-event-hubs.js';
import { bodies, closeAfterTest, consumer, failureOf, producer, read, startHubs } from './sdk-clients.js';

/** Retries at once, as a client outside a test would after a while. */
const patient = { maxRetries: 5, retryDelayInMs: 20, timeoutInMs: 800 };

function patientProducer(hubs: LocalEventHubs): EventHubProducerClient {
  const client = new EventHubProducerClient(hubs.connectionString({ hub: 'telemetry' }), {
    retryOptions: patient,
  });
  closeAfterTest(() => client.close());
  return client;
}

function stored(hubs: LocalEventHubs): string[] {
  return hubs
    .hub('telemetry')
    .partition('0')
    .events()
    .map((event) => event.body.toString());
}

const toFirst = { partitionId: '0' };

test('cut connections leave the log, and clients come back', async () => {
  const hubs = await startHubs();
  const client = patientProducer(hubs);
  await client.sendBatch([{ body: 1 }], toFirst);
  const readerOptions = { retryOptions: patient };
  const reading = read(
    consumer(hubs.connectionString({ hub: 'telemetry' }), '$Default', readerOptions),
    '0',
    {
      offset: '-1',
    },
  );
  await vi.waitFor(() => expect(bodies(reading.events)).toEqual([1]));
  hubs.faults.cutConnections();
  await vi.waitFor(() => expect(hubs.senderLinks()).toBe(0));
  await client.sendBatch([{ body: 2 }], toFirst);
  await vi.waitFor(() => expect(bodies(reading.events)).toEqual([1, 2]), { timeout: 5000 });
});

test('a hub that was away comes back on the same port with its log', async () => {
  const hubs = await startHubs();
  const port = hubs.amqpPort;
  await patientProducer(hubs).sendBatch([{ body: 1 }], toFirst);
  await hubs.faults.pauseListening();
  expect(hubs.connections()).toBe(0);
  const away = producer(hubs.connectionString({ hub: 'telemetry' }));
  expect(await failureOf(away.sendBatch([{ body: 2 }], toFirst))).toMatchObject({ code: 'ECONNREFUSED' });
  await hubs.faults.resumeListening();
  expect(hubs.amqpPort).toBe(port);
  await patientProducer(hubs).sendBatch([{ body: 3 }], toFirst);
  expect(stored(hubs)).toEqual(['1', '3']);
});

test('a silenced connection stays open and answers nothing', async () => {
  const hubs = await startHubs();
  const options = { retryOptions: { maxRetries: 0, timeoutInMs: 300 } };
  const client = new EventHubProducerClient(hubs.connectionString({ hub: 'telemetry' }), options);
  closeAfterTest(() => client.close());
  await client.sendBatch([{ body: 1 }], toFirst);
  hubs.faults.silenceConnections();
  expect(await failureOf(client.sendBatch([{ body: 2 }], toFirst))).toMatchObject({
    code: 'OperationTimeoutError',
  });
  expect(hubs.connections()).toBe(1);
  await patientProducer(hubs).sendBatch([{ body: 3 }], toFirst);
  expect(stored(hubs)).toEqual(['1', '3']);
});

test('detached links are made anew by the next send', async () => {
  const hubs = await startHubs();
  const client = producer(hubs.connectionString({ hub: 'telemetry' }));
  await client.sendBatch([{ body: 1 }], toFirst);
  hubs.faults.detachLinks();
  await vi.waitFor(() => expect(hubs.senderLinks()).toBe(0));
  await client.sendBatch([{ body: 2 }], toFirst);
  expect(stored(hubs)).toEqual(['1', '2']);
});

test('a link detached while an answer is due leaves the client waiting, and the event stored', async () => {
  const hubs = await startHubs();
  const options = { retryOptions: { maxRetries: 0, timeoutInMs: 400 } };
  const client = new EventHubProducerClient(hubs.connectionString({ hub: 'telemetry' }), options);
  closeAfterTest(() => client.close());
  await client.sendBatch([{ body: 1 }], toFirst);
  hubs.faults.holdAnswers(true);
  const failure = failureOf(client.sendBatch([{ body: 2 }], toFirst));
  await vi.waitFor(() => expect(stored(hubs)).toEqual(['1', '2']));
  hubs.faults.detachLinks();
  expect(await failure).toMatchObject({ code: 'OperationTimeoutError' });
  hubs.faults.holdAnswers(false);
});

test('rejected sends fail with their condition and are not stored', async () => {
  const hubs = await startHubs();
  const client = producer(hubs.connectionString({ hub: 'telemetry' }));
  hubs.faults.rejectNext(1, 'com.microsoft:server-busy', 'try later');
  const failure = await failureOf(client.sendBatch([{ body: 1 }], toFirst));
  expect(failure).toMatchObject({ code: 'ServerBusyError', retryable: true, message: 'try later' });
  hubs.faults.releaseNext(1);
  expect(await failureOf(client.sendBatch([{ body: 2 }], toFirst))).toMatchObject({
    code: 'SendOperationFailedError',
  });
  await client.sendBatch([{ body: 3 }], toFirst);
  expect(stored(hubs)).toEqual(['3']);
});

test('a lost answer makes a client that retries store its event twice', async () => {
  const hubs = await startHubs();
  const client = patientProducer(hubs);
  await client.sendBatch([{ body: 1 }], toFirst);
  hubs.faults.cutBeforeAnswer(1);
  await client.sendBatch([{ body: 2 }], toFirst);
  expect(stored(hubs)).toEqual(['1', '2', '2']);
});

test('held answers keep sends open until they are given', async () => {
  const hubs = await startHubs();
  const client = producer(hubs.connectionString({ hub: 'telemetry' }));
  hubs.faults.holdAnswers(true);
  let answered = false;
  const sending = client.sendBatch([{ body: 1 }], toFirst).then(() => {
    answered = true;
  });
  await vi.waitFor(() => expect(stored(hubs)).toEqual(['1']));
  expect(answered).toBe(false);
  hubs.faults.holdAnswers(false);
  await sending;
});

test('a smaller message size is enforced at once', async () => {
  const hubs = await startHubs();
  const client = producer(hubs.connectionString({ hub: 'telemetry' }));
  await client.sendBatch([{ body: 1 }], toFirst);
  hubs.faults.setMaxMessageBytes(1000);
  const failure = await failureOf(client.sendBatch([{ body: Buffer.alloc(2000) }], toFirst));
  expect(failure).toMatchObject({ code: 'MessageTooLargeError' });
});

test('sends beyond the ingress limit are throttled', async () => {
  const hubs = await startHubs();
  const client = producer(hubs.connectionString({ hub: 'telemetry' }));
  hubs.faults.throttle({ eventsPerSecond: 3 });
  const sends = Array.from({ length: 3 }, (_, index) =>
    client.sendBatch([{ body: index }, { body: index }], toFirst),
  );
  const failed = (await Promise.allSettled(sends)).filter(({ status }) => status === 'rejected');
  expect(failed.length).toBeGreaterThan(0);
  expect(failed[0]).toMatchObject({ reason: { code: 'ServerBusyError' } });
  hubs.faults.throttle();
  await client.sendBatch([{ body: 'free' }], toFirst);
});

test('a disabled hub refuses links and sends until it is enabled', async () => {
  const hubs = await startHubs();
  const client = producer(hubs.connectionString({ hub: 'telemetry' }));
  await client.sendBatch([{ body: 1 }], toFirst);
  hubs.faults.disableHub('telemetry', true);
  await vi.waitFor(() => expect(hubs.senderLinks()).toBe(0));
  const failure = await failureOf(client.sendBatch([{ body: 2 }], toFirst));
  expect(failure).toMatchObject({ code: 'MessagingEntityDisabledError', retryable: false });
  hubs.faults.disableHub('telemetry', false);
  await client.sendBatch([{ body: 3 }], toFirst);
  expect(stored(hubs)).toEqual(['1', '3']);
});

test('links on which nothing moves are detached, and made anew by the next send', async () => {
  const hubs = await startHubs({ linkIdleMs: 60 });
  const client = producer(hubs.connectionString({ hub: 'telemetry' }));
  await client.sendBatch([{ body: 1 }], toFirst);
  expect(hubs.senderLinks()).toBe(1);
  await vi.waitFor(() => expect(hubs.senderLinks()).toBe(0));
  await client.sendBatch([{ body: 2 }], toFirst);
  expect(stored(hubs)).toEqual(['1', '2']);
});

test('a stopped namespace leaves no connection and can be stopped again', async () => {
  const hubs = await startHubs();
  await producer(hubs.connectionString({ hub: 'telemetry' })).sendBatch([{ body: 1 }]);
  await hubs.stop();
  expect(hubs.connections()).toBe(0);
  expect(hubs.senderLinks()).toBe(0);
  await hubs.stop();
});

test('a batch with an event that is refused is refused as a whole, each time, until that ends', async () => {
  const hubs = await startHubs();
  const client = producer(hubs.connectionString({ hub: 'telemetry' }));
  const end = hubs.faults.refuseEvents('telemetry', (encoded) => encoded.includes('bad'));
  const batch = [{ body: 'good' }, { body: 'bad' }];
  for (let attempt = 0; attempt < 2; attempt++) {
    expect(await failureOf(client.sendBatch(batch, toFirst))).toMatchObject({ code: 'ArgumentError' });
  }
  await client.sendBatch([{ body: 'good' }], toFirst);
  end();
  await client.sendBatch([{ body: 'bad' }], toFirst);
  expect(stored(hubs)).toEqual(['"good"', '"bad"']);
});
