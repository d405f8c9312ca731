import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { waitUntil } from '../../../support/wait.js';
import { type PredixFixture, startPredix, store, zone } from './subscriber-fixture.js';
import type { TestSubscriber } from './test-subscriber.js';

/** Opens one after the other, so that their order is known. */
async function openMany(
  fixture: PredixFixture,
  count: number,
  name: string,
): Promise<readonly TestSubscriber[]> {
  const opened: TestSubscriber[] = [];
  for (let at = 0; at < count; at++) {
    const subscriber = await fixture.subscribed({
      method: 'receiveWithAcks',
      headers: { subscribername: name },
    });
    subscriber.ackAll();
    opened.push(subscriber);
  }
  return opened;
}

function idsOf(subscribers: readonly TestSubscriber[]): readonly string[] {
  return subscribers.flatMap(({ ids }) => ids).toSorted();
}

async function allReceived(subscribers: readonly TestSubscriber[], count: number): Promise<void> {
  const hasAll = (): boolean => new Set(idsOf(subscribers)).size === count;
  await waitUntil(`${count} different messages have come`, hasAll);
}

test('[seed 230] connections of one name share the messages; another name gets them all', async () => {
  const fixture = await startPredix();
  const sharing = await openMany(fixture, 2, 'shared');
  const other = await openMany(fixture, 1, 'other');
  fixture.publish(50);
  await allReceived(sharing, 50);
  await allReceived(other, 50);
  expect(idsOf(sharing)).toHaveLength(50);
  expect(sharing.map(({ ids }) => ids.length).toSorted()).toEqual([20, 30]);
});

test('[seed 230-236] of seven connections five are active, and two stand by until one of the five leaves', async () => {
  const fixture = await startPredix();
  const { service } = fixture;
  const all = await openMany(fixture, 7, 'shared');
  fixture.publish(50, 'first-');
  await allReceived(all, 50);
  expect(all.map(({ ids }) => ids.length)).toEqual([10, 10, 10, 10, 10, 0, 0]);
  const lefts: number[] = [];
  for (const [round, leaving] of [0, 3, 5].entries()) {
    lefts.push(leaving);
    await all[leaving]?.cancel();
    await waitUntil('its place is free', () => service.openStreams('subscribe') === 6 - round);
    fixture.publish(50, `round-${round}-`);
    await allReceived(all, 100 + round * 50);
  }
  const active = all.map(({ ids }, at) => !lefts.includes(at) && ids.some((id) => id.startsWith('round-2-')));
  expect(active).toEqual([false, true, true, false, true, false, true]);
});

test('[seed 293] the eighth connection of a zone is refused, whatever its name; its place is free when one leaves', async () => {
  const fixture = await startPredix();
  const [first] = await openMany(fixture, 4, 'one');
  await openMany(fixture, 3, 'two');
  expect(await fixture.subscribe({ headers: { subscribername: 'three' } }).ended).toMatchObject({
    ...{ code: status.RESOURCE_EXHAUSTED, details: 'Zone zone-1 has 7 subscriber connections already' },
  });
  await first?.cancel();
  await waitUntil('its place is free', () => fixture.service.openStreams('subscribe') === 6);
  fixture.publish(1);
  const third = await fixture.subscribed({ headers: { subscribername: 'three' } });
  expect(await third.received(1)).toEqual(['m0']);
});

test('connections may be counted by name instead', async () => {
  const fixture = await startPredix({
    subscribe: { connectionLimitScope: 'name', maxConnectionsPerZone: 1 },
  });
  await openMany(fixture, 1, 'one');
  await openMany(fixture, 1, 'two');
  expect(await fixture.subscribe({ headers: { subscribername: 'two' } }).ended).toMatchObject({
    ...{ code: status.RESOURCE_EXHAUSTED, details: 'Subscriber two has 1 subscriber connections already' },
  });
});

test('[seed 317] cancelling unsubscribes: what was not acknowledged goes to the connection that is left', async () => {
  const fixture = await startPredix();
  const headers = { subscribername: 'shared' };
  const leaving = await fixture.subscribed({ method: 'receiveWithAcks', headers });
  fixture.publish(20);
  await leaving.received(20);
  const staying = await fixture.subscribed({ method: 'receiveWithAcks', headers });
  await leaving.cancel();
  expect((await staying.received(20)).toSorted()).toEqual(leaving.ids.toSorted());
  await waitUntil('its place is free', () => fixture.service.openStreams('subscribe') === 1);
});

test('a subscriber of one topic is not made to stand by for those of another', async () => {
  const fixture = await startPredix();
  await openMany(fixture, 5, 'shared');
  const pumps = await fixture.subscribed({ headers: { subscribername: 'shared', topic: 'pumps' } });
  store(fixture.service.topic(zone, 'pumps'), 'pump');
  expect(await pumps.received(1)).toEqual(['pump']);
});

test('[seed 483] who gets no messages finds its twins in the log, and what they read', async () => {
  const fixture = await startPredix({ subscribe: { maxActivePerName: 2 } });
  const headers = { subscribername: 'twin' };
  await fixture.subscribed({ headers, request: { instance_id: 'left' } });
  expect(fixture.logged).toEqual([]);
  await fixture.subscribed({ headers, request: { instance_id: 'right' } });
  await fixture.subscribed({ headers });
  const left = '#1 app (left) reads [0 1 2]';
  const right = '#2 app (right) reads [3 4]';
  expect(fixture.logged).toEqual([
    `zone zone-1, subscriber twin: 2 connections share topic topic: ${left}, ${right}`,
    `zone zone-1, subscriber twin: 3 connections share topic topic: ${left}, ${right}, #3 app stands by`,
  ]);
});
