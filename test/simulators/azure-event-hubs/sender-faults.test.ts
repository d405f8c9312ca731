/** Faults that strike those who send, and leave readers alone. */
import type { EventHubProducerClient } from '@azure/event-hubs';
import { expect, test, vi } from 'vitest';
import type { LocalEventHubs } from './local-event-hubs.js';
import { bodies, consumer, failureOf, producer, type Reading, read, startHubs } from './sdk-clients.js';

interface Scene {
  readonly hubs: LocalEventHubs;
  /** Send to the hubs `telemetry` and `other`. */
  readonly telemetry: EventHubProducerClient;
  readonly other: EventHubProducerClient;
  /** Of `telemetry`. */
  readonly reading: Reading;
}

const toFirst = { partitionId: '0' };

/** Two hubs, a producer for each, which has sent 1, and a reader that has read it. */
async function startScene(): Promise<Scene> {
  const hubs = await startHubs({
    hubs: ['telemetry', 'other'].map((name) => ({ name, partitionCount: 1 })),
  });
  const [telemetry, other] = ['telemetry', 'other'].map((hub) =>
    producer(hubs.connectionString({ hub })),
  ) as [EventHubProducerClient, EventHubProducerClient];
  const reading = read(consumer(hubs.connectionString({ hub: 'telemetry' })), '0', { offset: '-1' });
  await Promise.all([telemetry, other].map((client) => client.sendBatch([{ body: 1 }], toFirst)));
  await vi.waitFor(() => expect(bodies(reading.events)).toEqual([1]));
  expect([hubs.connections(), hubs.senderLinks(), hubs.receiverLinks()]).toEqual([3, 2, 1]);
  return { hubs, telemetry, other, reading };
}

test('senders of one hub can be cut', async () => {
  const { hubs } = await startScene();
  hubs.faults.cutSenders('telemetry');
  expect([hubs.connections(), hubs.senderLinks(), hubs.receiverLinks()]).toEqual([2, 1, 1]);
  hubs.faults.cutSenders();
  expect([hubs.connections(), hubs.senderLinks(), hubs.receiverLinks()]).toEqual([1, 0, 1]);
});

test('senders of one hub can be detached', async () => {
  const { hubs, telemetry, reading } = await startScene();
  hubs.faults.detachSenders('telemetry');
  await vi.waitFor(() => expect(hubs.senderLinks()).toBe(1));
  await telemetry.sendBatch([{ body: 2 }], toFirst);
  await vi.waitFor(() => expect(bodies(reading.events)).toEqual([1, 2]));
  expect(reading.errors).toEqual([]);
});

test('senders of one hub can be silenced', async () => {
  const { hubs, telemetry, other, reading } = await startScene();
  hubs.faults.silenceSenders('telemetry');
  const failure = failureOf(telemetry.sendBatch([{ body: 2 }], toFirst));
  await other.sendBatch([{ body: 2 }], toFirst);
  await producer(hubs.connectionString({ hub: 'telemetry' })).sendBatch([{ body: 3 }], toFirst);
  await vi.waitFor(() => expect(bodies(reading.events)).toEqual([1, 3]));
  expect(await failure).toMatchObject({ code: 'OperationTimeoutError' });
});

test('a hub can be switched off for sending, which goes on to be read', async () => {
  const { hubs, telemetry, other, reading } = await startScene();
  await telemetry.sendBatch([{ body: 2 }], toFirst);
  hubs.faults.disableSending('telemetry', true);
  await vi.waitFor(() => expect(hubs.senderLinks()).toBe(1));
  expect(await failureOf(telemetry.sendBatch([{ body: 3 }], toFirst))).toMatchObject({
    code: 'MessagingEntityDisabledError',
  });
  await other.sendBatch([{ body: 2 }], toFirst);
  await vi.waitFor(() => expect(bodies(reading.events)).toEqual([1, 2]));
  const late = read(consumer(hubs.connectionString({ hub: 'telemetry' })), '0', { offset: '-1' });
  await vi.waitFor(() => expect(bodies(late.events)).toEqual([1, 2]));
  hubs.faults.disableSending('telemetry', false);
  await telemetry.sendBatch([{ body: 4 }], toFirst);
  await vi.waitFor(() => expect(bodies(reading.events)).toEqual([1, 2, 4]));
  expect(() => hubs.faults.disableSending('none', true)).toThrow(RangeError);
});

test('the right to send can be taken away from everybody, and be given back', async () => {
  const { hubs, telemetry, reading } = await startScene();
  hubs.faults.withdrawSending(true);
  await vi.waitFor(() => expect(hubs.senderLinks()).toBe(0));
  expect(await failureOf(telemetry.sendBatch([{ body: 2 }], toFirst))).toMatchObject({
    code: 'UnauthorizedError',
  });
  hubs.faults.withdrawSending(false);
  await telemetry.sendBatch([{ body: 3 }], toFirst);
  await vi.waitFor(() => expect(bodies(reading.events)).toEqual([1, 3]));
  expect(reading.errors).toEqual([]);
});

test('answers can be given late', async () => {
  const { hubs, telemetry, reading } = await startScene();
  hubs.faults.delayAnswers(60_000);
  const failure = failureOf(telemetry.sendBatch([{ body: 2 }], toFirst));
  await vi.waitFor(() => expect(bodies(reading.events)).toEqual([1, 2]));
  hubs.faults.delayAnswers(1);
  await telemetry.sendBatch([{ body: 3 }], toFirst);
  hubs.faults.delayAnswers(0);
  await telemetry.sendBatch([{ body: 4 }], toFirst);
  expect(await failure).toMatchObject({ code: 'OperationTimeoutError' });
});

test('what was ordered for coming sends can be taken back', async () => {
  const { hubs, telemetry, reading } = await startScene();
  hubs.faults.rejectNext(1, 'com.microsoft:server-busy');
  hubs.faults.releaseNext(1);
  hubs.faults.cutBeforeAnswer(1);
  hubs.faults.forgetOrdered();
  await telemetry.sendBatch([{ body: 2 }], toFirst);
  await vi.waitFor(() => expect(bodies(reading.events)).toEqual([1, 2]));
});
