import { expect, test, vi } from 'vitest';
import { type Fixture, startLocal } from './fixture.js';
import type { PublishedNotification } from './local-cumulocity.js';
import type { LocalCumulocityOptions } from './settings.js';

async function startFeed(options: LocalCumulocityOptions = {}): Promise<Fixture & { device: string }> {
  const fixture = await startLocal(options);
  const device = fixture.t1.createDevice('d');
  await fixture.admin.subscribe({ subscriptionFilter: { apis: ['measurements'] } });
  return { ...fixture, device };
}

test('a topic exists and retains only from the first connect on', async () => {
  const { admin, device, t1 } = await startFeed();
  await admin.measure(device, 1);
  expect(t1.topic('feed')).toBeUndefined();
  const consumer = await admin.consumer();
  await consumer.close();
  await admin.measure(device, 2);
  const again = await admin.consumer();
  await again.atLeast(1);
  await again.barrier();
  expect(again.bodies().map((body) => body.c8y_Test.value)).toEqual([2]);
});

test('onPublished tells what is retained, in order, and nothing else', async () => {
  const { admin, device, local } = await startFeed();
  const published: PublishedNotification[] = [];
  const end = local.onPublished((notification) => published.push(notification));
  await admin.measure(device, 1);
  const consumer = await admin.consumer();
  await admin.measure(device, 2);
  await admin.measure(device, 3);
  end();
  await admin.measure(device, 4);
  await consumer.atLeast(3);
  expect(published.map(({ sequence }) => sequence)).toEqual([1, 2]);
  expect(published[0]).toMatchObject({
    tenant: 't1',
    topic: 'feed',
    channel: `/t1/measurements/${device}`,
    action: 'CREATE',
    body: consumer.received[0]?.body,
  });
});

test('over the backlog quota a request answers 500 although the data is stored', async () => {
  const { admin, device, t1, local } = await startFeed({ backlogQuotaBytes: 1000 });
  const consumer = await admin.consumer();
  const published: unknown[] = [];
  local.onPublished((notification) => published.push(notification));
  const statuses: number[] = [];
  for (let i = 0; i < 5; i++) statuses.push((await admin.measure(device, i)).status);
  expect(statuses).toContain(201);
  expect(statuses.at(-1)).toBe(500);
  expect(t1.topic('feed')?.backlogBytes).toBeLessThanOrEqual(1000);
  expect(published).toHaveLength(statuses.filter((status) => status === 201).length);
  const stored = await admin.call('GET', `/measurement/measurements?source=${device}`);
  expect(stored.body.measurements).toHaveLength(5);
  await consumer.atLeast(published.length);
  for (const notification of consumer.received) consumer.ack(notification);
  await consumer.barrier();
  expect((await admin.measure(device)).status).toBe(201);
});

test('notifications older than the time to live are dropped', async () => {
  const { admin, device, t1 } = await startFeed({ messageTtlMs: 1000 });
  const consumer = await admin.consumer();
  await consumer.close();
  await admin.measure(device, 1);
  expect(t1.topic('feed')?.unacknowledged).toBe(1);
  const later = Date.now() + 1001;
  vi.spyOn(Date, 'now').mockImplementation(() => later);
  expect(t1.topic('feed')).toMatchObject({ unacknowledged: 0, backlogBytes: 0 });
});

test('a non-persistent topic is another topic and keeps nothing for who is away', async () => {
  const { admin, device, t1 } = await startFeed();
  await admin.subscribe({ subscriptionFilter: { apis: ['measurements'] }, nonPersistent: true });
  const memory = { nonPersistent: true };
  const consumer = await admin.consumer(memory);
  await admin.measure(device, 1);
  await consumer.atLeast(1);
  expect(t1.topic('feed')).toBeUndefined();
  await consumer.close();
  await admin.measure(device, 2);
  const again = await admin.consumer(memory);
  await admin.measure(device, 3);
  await again.atLeast(1);
  expect(again.bodyAt(0).c8y_Test.value).toBe(3);
  expect(t1.topic('feed', true)?.unacknowledged).toBe(1);
});

test('a new subscription takes effect after the activation delay', async () => {
  const { admin, device } = await startFeed({ activationDelayMs: 5000 });
  const consumer = await admin.consumer();
  await admin.measure(device, 1);
  const later = Date.now() + 5000;
  vi.spyOn(Date, 'now').mockImplementation(() => later);
  await admin.measure(device, 2);
  await consumer.atLeast(1);
  expect(consumer.bodyAt(0).c8y_Test.value).toBe(2);
});

test('several subscriptions of one name feed one topic in the order of publishing', async () => {
  const { admin, device } = await startFeed();
  await admin.subscribe({ context: 'mo', source: { id: device }, subscriptionFilter: { apis: ['events'] } });
  const consumer = await admin.consumer();
  await admin.measure(device);
  await admin.event(device);
  await admin.measure(device);
  await consumer.atLeast(3);
  expect(consumer.received.map(({ channel }) => channel.split('/')[2])).toEqual([
    'measurements',
    'events',
    'measurements',
  ]);
});
