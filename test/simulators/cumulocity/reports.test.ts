import { once } from 'node:events';
import { expect, test } from 'vitest';
import { type Fixture, startLocal } from './fixture.js';
import type { DiscardedBacklog, MissedNotification } from './notifications/reports.js';

const SUBSCRIPTION = { subscriptionFilter: { apis: ['measurements', 'events'] } };

interface Feed extends Fixture {
  readonly device: string;
  /** Id of the subscription that feeds the topic. */
  readonly subscription: string;
  readonly discarded: DiscardedBacklog[];
  readonly missed: MissedNotification[];
}

async function startFeed(): Promise<Feed> {
  const fixture = await startLocal();
  const device = fixture.t1.createDevice('d');
  const { body } = await fixture.admin.subscribe(SUBSCRIPTION);
  const discarded: DiscardedBacklog[] = [];
  const missed: MissedNotification[] = [];
  fixture.local.onDiscarded((backlog) => discarded.push(backlog));
  fixture.local.onMissed((notification) => missed.push(notification));
  return { ...fixture, device, subscription: body.id, discarded, missed };
}

function deleteSubscription({ admin }: Feed, id: string): Promise<unknown> {
  return admin.call('DELETE', `/notification2/subscriptions/${id}`);
}

test('onDiscarded tells what a removed subscriber had not acknowledged', async () => {
  const { admin, device, discarded } = await startFeed();
  const consumer = await admin.consumer();
  await admin.consumer({ subscriber: 'other' });
  for (let i = 1; i <= 3; i++) await admin.measure(device, i);
  await consumer.atLeast(3);
  consumer.ack(consumer.received[1]);
  await consumer.barrier();
  consumer.socket.send('unsubscribe_subscriber');
  await once(consumer.socket, 'close');
  expect(discarded).toEqual([{ tenant: 't1', topic: 'feed', subscriber: 'reader', sequences: [1, 3] }]);
});

test('onDiscarded tells of removals over REST as well, and of backlogs that are empty', async () => {
  const { admin, discarded } = await startFeed();
  await (await admin.consumer()).close();
  await admin.call('POST', `/notification2/unsubscribe?token=${await admin.token()}`);
  expect(discarded).toEqual([{ tenant: 't1', topic: 'feed', subscriber: 'reader', sequences: [] }]);
});

test('onMissed tells what a topic does not get once its subscription is deleted, until it is made again', async () => {
  const feed = await startFeed();
  const { admin, device, missed } = feed;
  const consumer = await admin.consumer();
  await admin.measure(device, 1);
  await deleteSubscription(feed, feed.subscription);
  await admin.measure(device, 2);
  await admin.alarm(device);
  await admin.subscribe({ subscriptionFilter: { apis: ['measurements'] } });
  await admin.measure(device, 3);
  await admin.event(device);
  await consumer.atLeast(2);
  expect(consumer.bodies().map((body) => body.c8y_Test.value)).toEqual([1, 3]);
  expect(missed).toHaveLength(1);
  expect(missed[0]).toMatchObject({
    tenant: 't1',
    topic: 'feed',
    channel: `/t1/measurements/${device}`,
    action: 'CREATE',
    reason: 'deleted',
    body: expect.stringContaining('"value":2') as string,
  });
});

test('onMissed tells nothing of what the topic got through another subscription', async () => {
  const feed = await startFeed();
  const { admin, device, missed } = feed;
  await deleteSubscription(feed, feed.subscription);
  const consumer = await admin.consumer();
  await admin.subscribe({
    context: 'mo',
    source: { id: device },
    subscriptionFilter: { apis: ['measurements'] },
  });
  await admin.measure(device);
  await consumer.atLeast(1);
  expect(missed).toEqual([]);
  await admin.event(device);
  expect(missed.map(({ channel }) => channel)).toEqual([`/t1/events/${device}`]);
});

test('onMissed tells what a topic does not keep because nobody reads it', async () => {
  const { admin, device, missed } = await startFeed();
  await admin.measure(device, 1);
  const consumer = await admin.consumer();
  await admin.measure(device, 2);
  consumer.socket.send('unsubscribe_subscriber');
  await once(consumer.socket, 'close');
  await admin.measure(device, 3);
  expect(missed.map(({ reason, body }) => [reason, /"value":\d/.exec(body)?.[0]])).toEqual([
    ['unread', '"value":1'],
    ['unread', '"value":3'],
  ]);
});
