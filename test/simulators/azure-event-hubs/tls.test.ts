import { request } from 'node:https';
import { AzureSASCredential } from '@azure/core-auth';
import { EventHubConsumerClient, EventHubProducerClient } from '@azure/event-hubs';
import { SignJWT } from 'jose';
import { beforeEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { LocalEventHubs } from './local-event-hubs.js';
import { createSasToken } from './sas.js';
import { bodies, closeAfterTest, failureOf, read, retryOptions, startHubs } from './sdk-clients.js';
import { selfSignedCertificate } from './self-signed-certificate.js';

const tls = selfSignedCertificate();

beforeEach(() => {
  // The SDK takes no certificate authority of its own; this is the only way to have it trust one made on the spot.
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
});

const webSocketOptions = {
  webSocket: WebSocket,
  webSocketConstructorOptions: { rejectUnauthorized: false },
};

function seconds(fromNow: number): number {
  return Math.floor(Date.now() / 1000) + fromNow;
}

function jsonWebToken(lifetime: number): Promise<string> {
  const key = new TextEncoder().encode('any key will do: it is not checked');
  return new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).setExpirationTime(seconds(lifetime)).sign(key);
}

/** A client with a token credential, which the SDK always connects with TLS. */
function withCredential(hubs: LocalEventHubs, lifetime: number): EventHubProducerClient {
  const getToken = async () => ({
    token: await jsonWebToken(lifetime),
    expiresOnTimestamp: seconds(3600) * 1000,
  });
  const customEndpointAddress = `sb://localhost:${hubs.amqpsPort}`;
  const options = { retryOptions, customEndpointAddress };
  const client = new EventHubProducerClient('localhost', 'telemetry', { getToken }, options);
  closeAfterTest(() => client.close());
  return client;
}

test('AMQP over TLS carries events both ways', async () => {
  const hubs = await startHubs({ tls });
  const connectionString = hubs.connectionString({ hub: 'telemetry', tls: true });
  const sender = new EventHubProducerClient(connectionString, { retryOptions });
  closeAfterTest(() => sender.close());
  await sender.sendBatch([{ body: 'secret' }], { partitionId: '0' });
  const receiver = new EventHubConsumerClient('$Default', connectionString, { retryOptions });
  closeAfterTest(() => receiver.close());
  const reading = read(receiver, '0', { offset: '-1' });
  await vi.waitFor(() => expect(bodies(reading.events)).toEqual(['secret']));
});

test('AMQP over WebSocket carries events both ways, and is cut like any connection', async () => {
  const hubs = await startHubs({ tls });
  const connectionString = hubs.connectionString({ hub: 'telemetry', webSocket: true });
  const options = {
    webSocketOptions,
    retryOptions: { maxRetries: 2, retryDelayInMs: 10, timeoutInMs: 500 },
  };
  const sender = new EventHubProducerClient(connectionString, options);
  closeAfterTest(() => sender.close());
  await sender.sendBatch([{ body: 1 }], { partitionId: '0' });
  hubs.faults.cutConnections();
  await vi.waitFor(() => expect(hubs.connections()).toBe(0));
  await sender.sendBatch([{ body: Buffer.alloc(200_000) }], { partitionId: '0' });
  const receiver = new EventHubConsumerClient('$Default', connectionString, { ...options });
  closeAfterTest(() => receiver.close());
  const reading = read(receiver, '0', { offset: '-1' });
  await vi.waitFor(() => expect(reading.events).toHaveLength(2));
});

test.each([
  ['/$servicebus/websocket', 'AMQPWSB10'],
  ['/$servicebus/websocket/', 'amqp'],
])('a WebSocket to %s may ask for the subprotocol %s', async (path, subprotocol) => {
  const hubs = await startHubs({ tls });
  const url = `wss://localhost:${hubs.httpsPort}${path}`;
  const webSocket = new WebSocket(url, subprotocol, { rejectUnauthorized: false });
  closeAfterTest(async () => webSocket.terminate());
  await new Promise((resolve, reject) => webSocket.once('open', resolve).once('error', reject));
  expect(webSocket.protocol).toBe(subprotocol);
});

test('a JSON web token is taken only when that is allowed, and only while it has not expired', async () => {
  const open = await startHubs({ tls, acceptJwt: true });
  await withCredential(open, 3600).sendBatch([{ body: 1 }]);
  expect(open.hub('telemetry').eventCount).toBe(1);
  const expired = failureOf(withCredential(open, -10).sendBatch([{ body: 1 }]));
  expect(await expired).toMatchObject({ code: 'UnauthorizedError' });
  const closed = await startHubs({ tls });
  const refused = failureOf(withCredential(closed, 3600).sendBatch([{ body: 1 }]));
  expect(await refused).toMatchObject({ code: 'UnauthorizedError' });
});

test('a client that renews its token goes on after the first one has run out', async () => {
  const rules = [{ name: 'root', key: 'root-key', rights: ['Manage'] as const }];
  const hubs = await startHubs({ tls, rules });
  const token = (lifetime: number) =>
    createSasToken('sb://localhost/telemetry', 'root', 'root-key', seconds(lifetime));
  const credential = new AzureSASCredential(token(2));
  const customEndpointAddress = `sb://localhost:${hubs.amqpsPort}`;
  const options = { retryOptions, customEndpointAddress };
  const client = new EventHubProducerClient('localhost', 'telemetry', credential, options);
  closeAfterTest(() => client.close());
  await client.sendBatch([{ body: 1 }]);
  await vi.waitFor(() => expect(hubs.senderLinks()).toBe(0), { timeout: 5000 });
  credential.update(token(3600));
  await client.sendBatch([{ body: 2 }]);
  expect(hubs.hub('telemetry').eventCount).toBe(2);
});

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

function post(
  hubs: LocalEventHubs,
  path: string,
  body: string,
  headers: Record<string, string>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const target = { host: 'localhost', port: hubs.httpsPort, path, method: 'POST', headers };
    const sending = request({ ...target, rejectUnauthorized: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, body: text }));
    });
    sending.on('error', reject).end(body);
  });
}

function sas(hubs: LocalEventHubs, lifetime = 3600): Record<string, string> {
  const key = /SharedAccessKey=([^;]+)/.exec(hubs.connectionString())?.[1] ?? '';
  const rule = 'RootManageSharedAccessKey';
  return { authorization: createSasToken('https://localhost/telemetry', rule, key, seconds(lifetime)) };
}

test('HTTPS takes a single event with its headers as properties, and a batch', async () => {
  const hubs = await startHubs({ tls });
  const single = await post(hubs, '/telemetry/partitions/1/messages?timeout=60', '{"a":1}', {
    ...sas(hubs),
    'content-type': 'application/atom+xml;type=entry;charset=utf-8',
    Alert: 'Strong Wind',
  });
  expect(single).toEqual({ status: 201, body: '' });
  const [event] = hubs.hub('telemetry').partition('1').events();
  expect(event?.body.toString()).toBe('{"a":1}');
  expect(event?.properties).toEqual({ alert: 'Strong Wind' });
  const list = [
    { Body: 'one', UserProperties: { n: 1 } },
    { Body: 'AQI=', IsBodyBase64: true },
  ];
  const batchType = { 'content-type': 'application/vnd.microsoft.servicebus.json' };
  const batch = await post(hubs, '/telemetry/messages', JSON.stringify(list), { ...sas(hubs), ...batchType });
  expect(batch.status).toBe(201);
  expect(hubs.hub('telemetry').eventCount).toBe(3);
});

test.each([
  ['without a token', '/telemetry/messages', undefined, 401],
  ['with an expired token', '/telemetry/messages', -10, 401],
  ['to an unknown hub', '/nothing/messages', 3600, 404],
  ['to an unknown partition', '/telemetry/partitions/9/messages', 3600, 404],
])('HTTPS refuses a send %s', async (_, path, lifetime, status) => {
  const hubs = await startHubs({ tls });
  const headers = lifetime === undefined ? {} : sas(hubs, lifetime);
  expect((await post(hubs, path, 'x', headers)).status).toBe(status);
  expect(hubs.hub('telemetry').eventCount).toBe(0);
});

test('HTTPS takes a bearer token only when that is allowed, and only while it has not expired', async () => {
  const open = await startHubs({ tls, acceptJwt: true });
  const closed = await startHubs({ tls });
  const statusFor = async (hubs: LocalEventHubs, lifetime: number) => {
    const headers = { authorization: `Bearer ${await jsonWebToken(lifetime)}` };
    return (await post(hubs, '/telemetry/messages', 'x', headers)).status;
  };
  expect(await statusFor(open, 3600)).toBe(201);
  expect(await statusFor(open, -10)).toBe(401);
  expect(await statusFor(closed, 3600)).toBe(401);
  expect(open.hub('telemetry').eventCount).toBe(1);
});

test('an upgrade request may name the whole URI, as that of the Java SDK does', async () => {
  const hubs = await startHubs({ tls });
  const headers = {
    Connection: 'Upgrade,Keep-Alive',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
    'Sec-WebSocket-Protocol': 'AMQPWSB10',
  };
  const path = 'https://localhost/$servicebus/websocket';
  const asking = request({
    host: 'localhost',
    port: hubs.httpsPort,
    path,
    headers,
    rejectUnauthorized: false,
  });
  closeAfterTest(async () => asking.destroy());
  const status = new Promise((resolve, reject) => {
    asking.on('upgrade', (response) => resolve(response.statusCode));
    asking.on('response', (response) => resolve(response.statusCode)).on('error', reject);
  });
  asking.end();
  expect(await status).toBe(101);
});
