import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { waitUntil } from '../../../support/wait.js';
import { type SubscribeWishes, startPredix, store, zone } from '../subscribe/subscriber-fixture.js';

test('a subscriber gets what was stored before and what is stored later, with all its fields', async () => {
  const { service, subscribe } = await startPredix();
  const topic = service.topic(zone);
  const fields = { id: 'a', body: Buffer.from([0, 255]), zoneId: zone, tags: { kind: 'alarm' } };
  topic.append({ ...fields, key: Buffer.from('k'), timestamp: { seconds: '7', nanos: 8 } }, () => undefined);
  const subscriber = subscribe();
  await subscriber.received(1);
  store(topic, 'b');
  expect(await subscriber.received(2)).toEqual(['a', 'b']);
  expect(subscriber.messages[0]).toMatchObject({
    ...{ id: 'a', zone_id: zone, tags: { kind: 'alarm' }, topic: 'topic', offset: '0', isMetricMsg: false },
    ...{ body: Buffer.from([0, 255]), key: Buffer.from('k'), timestamp: { seconds: '7', nanos: 8 } },
  });
});

test('[seed 253-256] the request names zone, subscriber and instance; its name goes before that of the metadata', async () => {
  const { service, subscribe, publish } = await startPredix();
  publish(1);
  const request = { zone_id: zone, subscriber: 'asked', instance_id: 'one' };
  const subscriber = subscribe({ request, headers: { subscribername: 'other' } });
  expect(await subscriber.received(1)).toEqual(['m0']);
  const { positions } = service.topic(zone);
  await waitUntil('the position has moved', () => positions.get('asked', 0) === 1);
  expect(positions.get('other', 0)).toBeUndefined();
});

test.each([
  ['the name in the metadata', { subscribername: 'named' }, 'named'],
  ['a default name', {}, 'default-subscriber-name'],
])('without a name in the request it is %s', async (_, headers, name) => {
  const { service, subscribed } = await startPredix();
  await subscribed({ headers });
  expect(service.topic(zone).positions.get(name, 0)).toBe(0);
});

test('a request for another zone is refused', async () => {
  const { service, subscribe } = await startPredix();
  const ending = await subscribe({ request: { zone_id: 'zone-2' } }).ended;
  expect(ending).toMatchObject({ code: status.UNKNOWN, details: 'The request is for another zone' });
  await waitUntil('its place is free', () => service.openStreams('subscribe') === 0);
});

test.each(['receive', 'receiveWithAcks', 'subscribe'] as const)(
  '%s is refused without a token, a scope, a zone or a topic that is good',
  async (method) => {
    const { service, tokenWith, subscribe } = await startPredix();
    const endingOf = async (wishes: SubscribeWishes): Promise<readonly [code: status, details: string]> => {
      const { code, details } = await subscribe({ method, ...wishes }).ended;
      return [code, details];
    };
    const { UNAUTHENTICATED, UNKNOWN } = status;
    const authenticate = expect.stringContaining('Could not authenticate user');
    const scope = expect.stringMatching(/^Missing scope .*zone-1\.(valves\.)?grpc\.subscribe$/);
    const token = await tokenWith('user', 'grpc.publish');
    const narrow = await tokenWith('user', 'grpc.subscribe');
    expect(await endingOf({ token: '' })).toEqual([UNAUTHENTICATED, 'Missing Authorization header']);
    expect(await endingOf({ token: 'no token' })).toEqual([UNKNOWN, authenticate]);
    expect(await endingOf({ token })).toEqual([UNKNOWN, scope]);
    expect(await endingOf({ token: narrow, headers: { topic: 'valves' } })).toEqual([UNKNOWN, scope]);
    expect(await endingOf({ zone: 'zone-2' })).toEqual([UNKNOWN, 'Unknown zone zone-2']);
    const headers = { topic: ['pumps', 'none'] };
    expect(await endingOf({ headers })).toEqual([UNKNOWN, 'Topic none does not exist']);
    await waitUntil('nothing is left', () => service.openStreams('subscribe') === 0);
  },
);

test('several topics come in one subscription, and no others', async () => {
  const { service, subscribe, publish } = await startPredix();
  publish(5, 'default-');
  publish(5, 'pump-', service.topic(zone, 'pumps'));
  publish(5, 'valve-', service.topic(zone, 'valves'));
  const subscriber = subscribe({ headers: { topic: ['pumps', 'valves'] } });
  await subscriber.received(10);
  store(service.topic(zone), 'unwanted');
  store(service.topic(zone, 'pumps'), 'last');
  const ids = await subscriber.received(11);
  expect(ids.toSorted()).toEqual(
    ['last', ...[0, 1, 2, 3, 4].flatMap((at) => [`pump-${at}`, `valve-${at}`])].toSorted(),
  );
});

test('a client that reads slowly gets everything once it reads, in the order of each partition', async () => {
  const { service, subscribed } = await startPredix();
  const subscriber = await subscribed();
  subscriber.pause();
  const topic = service.topic(zone);
  for (let at = 0; at < 200; at++) store(topic, `m${at}`, Buffer.alloc(20_000));
  // Not all of it fits on the way: the service has to wait.
  await waitUntil(
    'something is on the way',
    () => (topic.positions.get('default-subscriber-name', 0) ?? 0) > 0,
  );
  expect(topic.positions.get('default-subscriber-name', 0)).toBeLessThan(40);
  subscriber.resume();
  const ids = await subscriber.received(200);
  for (const partition of [0, 1, 2, 3, 4]) {
    const expected = Array.from({ length: 40 }, (_, at) => `m${at * 5 + partition}`);
    expect(ids.filter((id) => Number(id.slice(1)) % 5 === partition)).toEqual(expected);
  }
});

test('a deleted topic ends the calls on it and frees their places', async () => {
  const { service, subscribed } = await startPredix();
  const subscriber = await subscribed({ headers: { topic: ['pumps', 'valves'] } });
  service.deleteTopic(zone, 'pumps');
  expect(await subscriber.ended).toMatchObject({
    code: status.UNKNOWN,
    details: 'Topic pumps does not exist',
  });
  await waitUntil('its place is free', () => service.openStreams('subscribe') === 0);
});

test('positions of a deleted topic are gone: made again, it is read from its beginning', async () => {
  const { service, subscribe, publish } = await startPredix();
  publish(5, 'old-', service.topic(zone, 'pumps'));
  const headers = { topic: 'pumps' };
  await subscribe({ headers }).received(5);
  service.deleteTopic(zone, 'pumps');
  service.createTopic(zone, 'pumps');
  publish(5, 'new-', service.topic(zone, 'pumps'));
  const ids = await subscribe({ headers }).received(5);
  expect(ids.toSorted()).toEqual(['new-0', 'new-1', 'new-2', 'new-3', 'new-4']);
});

test('a stream that is cut goes on where it was when it is opened again', async () => {
  const { service, subscribe, publish } = await startPredix();
  publish(10);
  const first = subscribe();
  await first.received(10);
  const { positions } = service.topic(zone);
  const isDone = (): boolean =>
    [0, 1, 2, 3, 4].every((at) => positions.get('default-subscriber-name', at) === 2);
  await waitUntil('all is written', isDone);
  service.faults.cutStreams('subscribe');
  expect((await first.ended).code).toBe(status.UNAVAILABLE);
  publish(1, 'later-');
  expect(await subscribe().received(1)).toEqual(['later-0']);
});

test('a client that ends its acknowledgements is done; one that sends none goes on to receive', async () => {
  const { subscribed, publish } = await startPredix();
  const acking = await subscribed({ method: 'receiveWithAcks', headers: { subscribername: 'acking' } });
  acking.halfClose();
  expect((await acking.ended).code).toBe(status.OK);
  const silent = await subscribed({ method: 'subscribe', headers: { subscribername: 'silent' } });
  silent.halfClose();
  publish(1);
  expect(await silent.received(1)).toEqual(['m0']);
});
