import { once } from 'node:events';
import { expect, test } from 'vitest';
import { type Fixture, startLocal } from './fixture.js';
import type { TestConsumer } from './test-consumer.js';

async function startFeed(): Promise<Fixture & { device: string; consumer: TestConsumer }> {
  const fixture = await startLocal();
  const device = fixture.t1.createDevice('d');
  await fixture.admin.subscribe({ subscriptionFilter: { apis: ['measurements'] } });
  return { ...fixture, device, consumer: await fixture.admin.consumer() };
}

test('sockets can be cut, without a close frame', async () => {
  const { local, consumer, admin } = await startFeed();
  local.faults.cutConsumerSockets('other');
  await consumer.barrier();
  const closed = once(consumer.socket, 'close');
  local.faults.cutConsumerSockets('t1');
  expect((await closed)[0]).toBe(1006);
  await admin.consumer();
});

test('sockets can be closed in order', async () => {
  const { local, consumer } = await startFeed();
  const closed = once(consumer.socket, 'close');
  local.faults.closeConsumerSockets();
  expect((await closed)[0]).toBe(1001);
});

test('a silenced socket stands but neither delivers, answers pings nor takes acks', async () => {
  const { local, consumer, admin, device, t1 } = await startFeed();
  await admin.measure(device, 1);
  await consumer.atLeast(1);
  local.faults.silenceConsumerSockets('t1');
  let pongs = 0;
  consumer.socket.on('pong', () => {
    pongs++;
  });
  consumer.socket.ping();
  consumer.ack(consumer.received[0]);
  await admin.measure(device, 2);
  expect(await admin.connect(await admin.token())).toBe(409);
  expect(consumer.received).toHaveLength(1);
  expect(pongs).toBe(0);
  expect(t1.topic('feed')).toMatchObject({ unacknowledged: 2, consumers: 1 });
  consumer.socket.terminate();
  await expect.poll(() => t1.consumerSockets()).toBe(0);
  const again = await admin.consumer();
  await again.atLeast(2);
});

test('upgrades can be refused, for one tenant and so many times', async () => {
  const { local, admin } = await startFeed();
  const token = await admin.token({ subscriber: 'other' });
  local.faults.refuseUpgrades(500, 't2');
  local.faults.refuseUpgrades(401, 't1', 1);
  expect(await admin.connect(token)).toBe(401);
  expect(typeof (await admin.connect(token))).toBe('object');
  local.faults.refuseUpgrades(409);
  expect(await admin.connect(await admin.token({ subscriber: 'third' }))).toBe(409);
  local.faults.refuseUpgrades(undefined);
  await admin.consumer({ subscriber: 'third' });
});

test('held acks are lost: the notification comes again after a reconnect', async () => {
  const { local, admin, device, consumer } = await startFeed();
  local.faults.holdAcks(true);
  await admin.measure(device);
  await consumer.atLeast(1);
  consumer.ack(consumer.received[0]);
  await consumer.barrier();
  local.faults.holdAcks(false);
  await consumer.close();
  const again = await admin.consumer();
  await again.atLeast(1);
});

test('unacknowledged notifications can be sent again on the open socket, out of order, with new ack ids', async () => {
  const { local, admin, device, consumer, t1 } = await startFeed();
  for (let i = 1; i <= 3; i++) await admin.measure(device, i);
  await consumer.atLeast(3);
  consumer.ack(consumer.received[1]);
  await consumer.barrier();
  local.faults.resendUnacknowledged('t1');
  await consumer.atLeast(5);
  expect(consumer.bodies().map((body) => body.c8y_Test.value)).toEqual([1, 2, 3, 3, 1]);
  expect(new Set(consumer.received.map(({ ackId }) => ackId)).size).toBe(5);
  consumer.ack(consumer.received[0]);
  await consumer.barrier();
  expect(t1.topic('feed')?.unacknowledged).toBe(2);
  for (const notification of consumer.received.slice(3)) consumer.ack(notification);
  await consumer.barrier();
  expect(t1.topic('feed')?.unacknowledged).toBe(0);
});

test('frames can have further header lines', async () => {
  const { local, admin, device, consumer } = await startFeed();
  local.faults.extraHeaderLines(['x-one: 1', 'two']);
  await admin.measure(device);
  const [notification] = await consumer.atLeast(1);
  expect(notification?.extra).toEqual(['x-one: 1', 'two']);
  expect(JSON.parse(notification?.body ?? '').type).toBe('c8y_Test');
});

test('any notification can be put into a topic', async () => {
  const { local, consumer } = await startFeed();
  expect(local.faults.publishRaw('t1', 'none', '/t1/x/1', 'CREATE', '')).toBe(false);
  expect(local.faults.publishRaw('t1', 'feed', '/t1/telepathy/7', 'GUESS', 'no\njson')).toBe(true);
  local.faults.publishRaw('t1', 'feed', '/t1/events/7', 'CREATE', Buffer.from([0xff, 0xfe]));
  const [odd, binary] = await consumer.atLeast(2);
  expect(odd).toMatchObject({ channel: '/t1/telepathy/7', action: 'GUESS', body: 'no\njson' });
  expect(binary?.body).toBe('//4=');
});

test('REST calls can be answered with a status, by path and so many times', async () => {
  const { local, admin } = await startFeed();
  local.faults.rest({ status: 503, path: /token$/, times: 1, delayMs: 1 });
  expect((await admin.call('GET', '/user/currentUser')).status).toBe(200);
  const token = { subscriber: 'a', subscription: 'b' };
  expect((await admin.call('POST', '/notification2/token', token)).status).toBe(503);
  expect((await admin.call('POST', '/notification2/token', token)).status).toBe(200);
  local.faults.rest({ status: 500 });
  expect((await admin.call('GET', '/user/currentUser')).status).toBe(500);
  local.faults.clearRest();
  expect((await admin.call('GET', '/user/currentUser')).status).toBe(200);
});

test('REST faults can strike bootstrap and service users alone, and end one by one', async () => {
  const { local, admin, bootstrap, service } = await startFeed();
  local.subscribeTenant('t1');
  const user = await service('t1');
  const endFirst = local.faults.rest({ status: 500, callers: 'system' });
  const endSecond = local.faults.rest({ status: 429, callers: 'system' });
  const statuses = async (): Promise<number[]> => {
    const calls = [admin, bootstrap, user].map((caller) => caller.call('GET', '/user/currentUser'));
    return (await Promise.all(calls)).map(({ status }) => status);
  };
  expect(await statuses()).toEqual([200, 500, 500]);
  endFirst();
  expect(await statuses()).toEqual([200, 429, 429]);
  endSecond();
  expect(await statuses()).toEqual([200, 200, 200]);
});

test('REST calls can be handled late, at the latest when the fault ends', async () => {
  const { local, admin, consumer } = await startFeed();
  let hits = 0;
  const onHit = (): void => void hits++;
  const end = local.faults.rest({ delayMs: 60_000, path: /currentUser$/, onHit });
  const endOther = local.faults.rest({ delayMs: 1, path: /currentTenant$/ });
  let answered = false;
  const slow = admin.call('GET', '/user/currentUser').then(({ status }) => {
    answered = true;
    return status;
  });
  expect((await admin.call('GET', '/tenant/currentTenant')).status).toBe(200);
  await consumer.barrier();
  expect({ answered, hits }).toEqual({ answered: false, hits: 1 });
  endOther();
  end();
  expect(await slow).toBe(200);
});

test('dropped exclusive consumers can be made to block with 409, for as long as the fault lasts', async () => {
  const { local, admin, consumer, t1 } = await startFeed();
  local.faults.lingerAfterLoss(60_000);
  local.faults.cutConsumerSockets('t1');
  await once(consumer.socket, 'close');
  await expect.poll(() => t1.consumerSockets()).toBe(0);
  expect(await admin.connect(await admin.token())).toBe(409);
  local.faults.lingerAfterLoss(0);
  await admin.consumer();
});

test('REST calls can be held', async () => {
  const { local, admin, consumer } = await startFeed();
  local.faults.pauseRest(true);
  let answered = false;
  const call = admin.call('GET', '/user/currentUser').then(({ status }) => {
    answered = true;
    return status;
  });
  await consumer.barrier();
  expect(answered).toBe(false);
  local.faults.pauseRest(false);
  expect(await call).toBe(200);
});

test('the platform can go off the network and come back on the same port with its state', async () => {
  const { local, admin, device, consumer, t1 } = await startFeed();
  await admin.measure(device, 1);
  await consumer.atLeast(1);
  const token = await admin.token();
  const closed = once(consumer.socket, 'close');
  await local.faults.pauseListening();
  expect((await closed)[0]).toBe(1006);
  await expect(admin.call('GET', '/user/currentUser')).rejects.toThrow();
  await local.faults.resumeListening();
  expect(t1.topic('feed')?.unacknowledged).toBe(1);
  const again = await admin.connect(token);
  if (typeof again === 'number') throw new Error(`refused with ${again}`);
  await again.atLeast(1);
});
