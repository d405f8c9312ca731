import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type Fixture, startLocal } from './fixture.js';
import type { LocalCumulocityOptions } from './settings.js';
import type { ReceivedNotification } from './test-consumer.js';

async function startFeed(options: LocalCumulocityOptions = {}): Promise<Fixture & { device: string }> {
  const fixture = await startLocal(options);
  const device = fixture.t1.createDevice('d');
  await fixture.admin.subscribe({ subscriptionFilter: { apis: ['measurements'] } });
  return { ...fixture, device };
}

const values = (received: readonly ReceivedNotification[]): number[] =>
  received.map(({ body }) => JSON.parse(body).c8y_Test.value);

test('a notification has an ack id, a description, an action and a body on one line', async () => {
  const { local, admin, device } = await startFeed();
  const consumer = await admin.consumer();
  const { body } = await admin.measure(device, 21);
  const [notification] = await consumer.atLeast(1);
  expect(notification).toMatchObject({ channel: `/t1/measurements/${device}`, action: 'CREATE', extra: [] });
  expect(notification?.body).not.toContain('\n');
  const self = `${local.url}/inventory/managedObjects/${device}`;
  expect(JSON.parse(notification?.body ?? '')).toEqual({
    self: `${local.url}/measurement/measurements/${body.id}`,
    time: '2026-01-02T03:04:05.678+02:00',
    id: body.id,
    source: { self, id: device },
    type: 'c8y_Test',
    c8y_Test: { value: 21 },
  });
});

test('ack ids look like those of the platform', async () => {
  const { admin, device } = await startFeed();
  const consumer = await admin.consumer();
  await admin.measure(device);
  const [notification] = await consumer.atLeast(1);
  const bytes = Buffer.from(notification?.ackId ?? '', 'base64');
  expect(bytes[0]).toBe(0x08);
  expect([...bytes.subarray(-4)]).toEqual([0x20, 0, 0x30, 1]);
});

test('delivery stops at the window of unacknowledged notifications and goes on with acks', async () => {
  const { admin, device, t1 } = await startFeed({ windowSize: 3 });
  const consumer = await admin.consumer();
  for (let i = 1; i <= 5; i++) await admin.measure(device, i);
  await consumer.atLeast(3);
  await consumer.barrier();
  expect(values(consumer.received)).toEqual([1, 2, 3]);
  consumer.ack(consumer.received[1]);
  await consumer.atLeast(4);
  expect(t1.topic('feed')?.unacknowledged).toBe(4);
  for (const notification of consumer.received) consumer.ack(notification);
  await consumer.atLeast(5);
  expect(values(consumer.received)).toEqual([1, 2, 3, 4, 5]);
  consumer.ack(consumer.received[4]);
  await consumer.barrier();
  expect(t1.topic('feed')).toEqual({
    backlogBytes: 0,
    unacknowledged: 0,
    consumers: 1,
    subscribers: ['reader'],
  });
});

test('what was not acknowledged comes again in order after a reconnect, with other ack ids', async () => {
  const { admin, device, t1 } = await startFeed();
  const first = await admin.consumer();
  for (let i = 1; i <= 4; i++) await admin.measure(device, i);
  await first.atLeast(4);
  first.ack(first.received[1]);
  await first.close();
  await admin.measure(device, 5);
  expect(t1.topic('feed')?.unacknowledged).toBe(4);
  const second = await admin.consumer();
  expect(values(await second.atLeast(4))).toEqual([1, 3, 4, 5]);
  expect(second.received[0]?.ackId).not.toBe(first.received[0]?.ackId);
});

test('an ack of another connection has no effect', async () => {
  const { admin, device, t1 } = await startFeed();
  const first = await admin.consumer();
  await admin.measure(device);
  await first.atLeast(1);
  await first.close();
  const second = await admin.consumer();
  await second.atLeast(1);
  second.ack(first.received[0]);
  second.socket.send('nonsense');
  second.socket.send(Buffer.from('bytes'));
  await second.barrier();
  expect(t1.topic('feed')?.unacknowledged).toBe(1);
});

test('several subscribers each get everything', async () => {
  const { admin, device, t1 } = await startFeed();
  const one = await admin.consumer({ subscriber: 'one' });
  const two = await admin.consumer({ subscriber: 'two' });
  await admin.measure(device, 1);
  await one.atLeast(1);
  await two.atLeast(1);
  one.ack(one.received[0]);
  await one.barrier();
  expect(t1.topic('feed')).toMatchObject({ unacknowledged: 1, consumers: 2 });
});

test('a second exclusive consumer is refused with 409 until the first is gone', async () => {
  const { admin, t1 } = await startFeed();
  const first = await admin.consumer();
  const token = await admin.token();
  expect(await admin.connect(token)).toBe(409);
  expect(t1.consumerSockets()).toBe(1);
  await first.close();
  expect(typeof (await admin.connect(token))).toBe('object');
});

test('an abruptly dropped exclusive consumer blocks for a while, an orderly closed one does not', async () => {
  const { admin, local, t1 } = await startFeed({ lingerMs: 60_000 });
  await (await admin.consumer()).close();
  const dropped = await admin.consumer();
  local.faults.cutConsumerSockets('t1');
  await once(dropped.socket, 'close');
  expect(t1.consumerSockets()).toBe(0);
  expect(await admin.connect(await admin.token())).toBe(409);
});

test('the path is taken with and without trailing slash, other paths are 404', async () => {
  const { local, admin } = await startFeed();
  const base = local.url.replace('http', 'ws');
  const plain = new WebSocket(`${base}/notification2/consumer?token=${await admin.token()}`);
  await once(plain, 'open');
  const wrong = new WebSocket(`${base}/notification2/other`);
  wrong.on('error', () => {});
  const [, response] = await once(wrong, 'unexpected-response');
  expect(response.statusCode).toBe(404);
});

test('unsubscribe_subscriber deletes the subscriber and its backlog and closes the socket', async () => {
  const { admin, device, t1 } = await startFeed();
  const consumer = await admin.consumer();
  await admin.measure(device);
  await consumer.atLeast(1);
  consumer.socket.send('unsubscribe_subscriber');
  await once(consumer.socket, 'close');
  expect(t1.topic('feed')).toEqual({ backlogBytes: 0, unacknowledged: 0, consumers: 0, subscribers: [] });
});

test('unsubscribing over REST closes a connected consumer', async () => {
  const { admin, t1 } = await startFeed();
  const consumer = await admin.consumer();
  const closed = once(consumer.socket, 'close');
  await admin.call('POST', `/notification2/unsubscribe?token=${await admin.token()}`);
  await closed;
  expect(t1.topic('feed')?.consumers).toBe(0);
});

test('an idle socket is closed, pings keep one open', async () => {
  const { admin } = await startFeed({ idleCloseMs: 150 });
  const idle = await admin.consumer({ subscriber: 'idle' });
  const busy = await admin.consumer({ subscriber: 'busy' });
  const pings = setInterval(() => busy.socket.ping(), 20);
  const [code] = await once(idle.socket, 'close');
  clearInterval(pings);
  expect(code).toBe(1000);
  expect(busy.socket.readyState).toBe(busy.socket.OPEN);
});

test('unsubscribing the tenant from the application leaves open sockets alone', async () => {
  const { local, admin, device, service } = await startFeed();
  local.subscribeTenant('t1');
  const consumer = await (await service('t1')).consumer();
  local.unsubscribeTenant('t1');
  await admin.measure(device);
  await consumer.atLeast(1);
});
