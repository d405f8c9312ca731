import { expect, test, vi } from 'vitest';
import type { LocalEventHubs } from './local-event-hubs.js';
import { createSasToken } from './sas.js';
import { bodies, consumer, failureOf, producer, read, startHubs } from './sdk-clients.js';

const rules = [
  { name: 'root', key: 'root-key', rights: ['Manage'] as const },
  { name: 'sender', key: 'sender-key', rights: ['Send'] as const },
  { name: 'listener', key: 'listener-key', rights: ['Listen'] as const },
  { name: 'other', key: 'other-key', rights: ['Manage'] as const, hub: 'other' },
];

const hour = 3600;

function twoHubs(): Promise<LocalEventHubs> {
  const hubs = ['telemetry', 'other'].map((name) => ({ name, partitionCount: 1 }));
  return startHubs({ hubs, rules });
}

function seconds(fromNow: number): number {
  return Math.floor(Date.now() / 1000) + fromNow;
}

/** A connection string that holds a finished token instead of a key. */
function withToken(hubs: LocalEventHubs, token: string): string {
  const endpoint = `Endpoint=sb://localhost:${hubs.amqpPort}/`;
  return `${endpoint};SharedAccessSignature=${token};EntityPath=telemetry;UseDevelopmentEmulator=true`;
}

test('a wrong key is refused', async () => {
  const hubs = await twoHubs();
  const connectionString = hubs.connectionString({ hub: 'telemetry' }).replace('root-key', 'wrong-key');
  const failure = await failureOf(producer(connectionString).sendBatch([{ body: 1 }]));
  expect(failure).toMatchObject({ code: 'UnauthorizedError' });
});

test('an unknown rule is refused', async () => {
  const hubs = await twoHubs();
  const connectionString = hubs.connectionString({ hub: 'telemetry' }).replace('=root;', '=nobody;');
  const failure = await failureOf(producer(connectionString).sendBatch([{ body: 1 }]));
  expect(failure).toMatchObject({ code: 'UnauthorizedError' });
});

test('a rule with Send can send and read properties, and cannot listen', async () => {
  const hubs = await twoHubs();
  const connectionString = hubs.connectionString({ hub: 'telemetry', rule: 'sender' });
  const client = producer(connectionString);
  await client.sendBatch([{ body: 1 }]);
  expect((await client.getEventHubProperties()).partitionIds).toEqual(['0']);
  const reading = read(consumer(connectionString), '0', { offset: '-1' });
  await vi.waitFor(() => expect(reading.errors[0]).toMatchObject({ code: 'UnauthorizedError' }));
  expect(reading.errors[0]?.message).toContain("'Listen' claim(s) are required");
});

test('a rule with Listen can read and cannot send', async () => {
  const hubs = await twoHubs();
  await producer(hubs.connectionString({ hub: 'telemetry' })).sendBatch([{ body: 1 }]);
  const connectionString = hubs.connectionString({ hub: 'telemetry', rule: 'listener' });
  const reading = read(consumer(connectionString), '0', { offset: '-1' });
  await vi.waitFor(() => expect(bodies(reading.events)).toEqual([1]));
  const failure = await failureOf(producer(connectionString).sendBatch([{ body: 2 }]));
  expect(failure).toMatchObject({ code: 'UnauthorizedError' });
  expect(failure.message).toContain("'Send' claim(s) are required");
});

test('a rule of one hub is no good for another', async () => {
  const hubs = await twoHubs();
  await producer(hubs.connectionString({ hub: 'other', rule: 'other' })).sendBatch([{ body: 1 }]);
  const stranger = producer(hubs.connectionString({ hub: 'telemetry', rule: 'other' }));
  expect(await failureOf(stranger.sendBatch([{ body: 1 }]))).toMatchObject({ code: 'UnauthorizedError' });
});

test('after a key is rotated the old one is refused and the new one taken', async () => {
  const hubs = await twoHubs();
  const old = hubs.connectionString({ hub: 'telemetry' });
  const key = hubs.rotateKey('root');
  expect(hubs.connectionString({ hub: 'telemetry' })).toContain(key);
  expect(await failureOf(producer(old).sendBatch([{ body: 1 }]))).toMatchObject({
    code: 'UnauthorizedError',
  });
  await producer(hubs.connectionString({ hub: 'telemetry' })).sendBatch([{ body: 2 }]);
  expect(hubs.hub('telemetry').eventCount).toBe(1);
});

test.each([
  'sb://localhost/',
  'sb://localhost/telemetry',
  'https://LOCALHOST/Telemetry/',
  'localhost/telemetry',
])('a token for %s is good for the hub', async (resource) => {
  const hubs = await twoHubs();
  const token = createSasToken(resource, 'root', 'root-key', seconds(hour));
  await producer(withToken(hubs, token)).sendBatch([{ body: 1 }]);
  expect(hubs.hub('telemetry').eventCount).toBe(1);
});

test.each([
  ['of another hub', 'sb://localhost/other', hour],
  ['of a hub whose name only begins alike', 'sb://localhost/tele', hour],
  ['of another namespace', 'sb://elsewhere/telemetry', hour],
  ['that is expired', 'sb://localhost/telemetry', -1],
])('a token %s is refused', async (_, resource, lifetime) => {
  const hubs = await twoHubs();
  const token = createSasToken(resource, 'root', 'root-key', seconds(lifetime));
  const failure = await failureOf(producer(withToken(hubs, token)).sendBatch([{ body: 1 }]));
  expect(failure).toMatchObject({ code: 'UnauthorizedError' });
});

test('links are detached when their token runs out, and the same token is refused then', async () => {
  const hubs = await twoHubs();
  const token = createSasToken('sb://localhost/telemetry', 'root', 'root-key', seconds(2));
  const client = producer(withToken(hubs, token));
  await client.sendBatch([{ body: 1 }]);
  expect(hubs.senderLinks()).toBe(1);
  await vi.waitFor(() => expect(hubs.senderLinks()).toBe(0), { timeout: 5000 });
  expect(await failureOf(client.sendBatch([{ body: 2 }]))).toMatchObject({ code: 'UnauthorizedError' });
});
