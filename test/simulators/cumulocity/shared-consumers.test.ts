import { once } from 'node:events';
import { expect, test } from 'vitest';
import { type Fixture, startLocal } from './fixture.js';
import type { TestConsumer } from './test-consumer.js';

const SHARED = { shared: true };

async function startDevices(count: number): Promise<Fixture & { devices: string[] }> {
  const fixture = await startLocal();
  const devices = Array.from({ length: count }, (_, i) => fixture.t1.createDevice(`d${i}`));
  await fixture.admin.subscribe({ subscriptionFilter: { apis: ['measurements'] } });
  return { ...fixture, devices };
}

const sources = (consumer: TestConsumer): Set<string> =>
  new Set(consumer.received.map(({ channel }) => channel.slice(channel.lastIndexOf('/') + 1)));

async function measureAll({ admin, devices }: Awaited<ReturnType<typeof startDevices>>): Promise<void> {
  for (const device of devices) await admin.measure(device);
}

test('shared consumers split the stream by source, each notification going to one of them', async () => {
  const fixture = await startDevices(20);
  const one = await fixture.admin.consumer(SHARED, 'one');
  const two = await fixture.admin.consumer(SHARED, 'two');
  await measureAll(fixture);
  await measureAll(fixture);
  await one.barrier();
  await two.barrier();
  expect(one.received.length + two.received.length).toBe(40);
  expect(one.received.length).toBeGreaterThan(0);
  expect(two.received.length).toBeGreaterThan(0);
  for (const source of sources(one)) expect(sources(two).has(source)).toBe(false);
});

test('an exclusive consumer cannot join shared ones', async () => {
  const { admin } = await startDevices(0);
  await admin.consumer(SHARED, 'one');
  expect(await admin.connect(await admin.token())).toBe(409);
});

test('when a shared consumer leaves, the others get its sources and what it had not acknowledged', async () => {
  const fixture = await startDevices(20);
  const one = await fixture.admin.consumer(SHARED, 'one');
  const two = await fixture.admin.consumer(SHARED, 'two');
  await measureAll(fixture);
  await one.barrier();
  await two.barrier();
  await two.close();
  await one.atLeast(20);
  expect(sources(one).size).toBe(20);
});

test('a consumer that comes back under its name gets the same sources', async () => {
  const fixture = await startDevices(20);
  const one = await fixture.admin.consumer(SHARED, 'one');
  const two = await fixture.admin.consumer(SHARED, 'two');
  one.socket.on('message', (frame) => one.socket.send(frame.toString().split('\n')[0] ?? ''));
  await measureAll(fixture);
  await two.barrier();
  const before = sources(two);
  await two.close();
  const again = await fixture.admin.consumer(SHARED, 'two');
  const from = again.received.length;
  await one.barrier();
  await measureAll(fixture);
  await again.atLeast(from + before.size);
  await again.barrier();
  expect(sources(again)).toEqual(before);
});

test('a source with unacknowledged notifications changes hands only after their acks', async () => {
  const { admin, devices, t1 } = await startDevices(20);
  const one = await admin.consumer(SHARED, 'one');
  for (const device of devices) await admin.measure(device, 1);
  await one.atLeast(20);
  const two = await admin.consumer(SHARED, 'two');
  for (const device of devices) await admin.measure(device, 2);
  await two.barrier();
  expect(two.received).toEqual([]);
  for (const notification of one.received.slice(0, 20)) one.ack(notification);
  await two.atLeast(1);
  await one.barrier();
  await two.barrier();
  expect(t1.topic('feed')?.unacknowledged).toBe(20);
  expect(one.received.length + two.received.length).toBe(40);
  const closed = once(two.socket, 'close');
  two.socket.terminate();
  await closed;
});
