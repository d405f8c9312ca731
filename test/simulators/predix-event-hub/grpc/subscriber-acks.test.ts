import { expect, test } from 'vitest';
import { waitUntil } from '../../../support/wait.js';
import { always, startPredix, zone } from '../subscribe/subscriber-fixture.js';

/** Retries as fast as a test may be, and without end. When exactly they come is tested without a network. */
const fastRetries = {
  ...{ durationBeforeRetry: always(40), retryInterval: always(40), maxRetries: always(1000) },
  batchInterval: always(5),
};
const method = 'receiveWithAcks';

test('[seed 303] a message comes again until it is acknowledged', async () => {
  const { service, subscribed, publish } = await startPredix({ subscribe: fastRetries });
  const subscriber = await subscribed({ method });
  publish(2);
  await waitUntil('both have come again', () => ['m0', 'm1'].every((id) => subscriber.copies(id) > 1));
  subscriber.ack(subscriber.messages.filter(({ id }) => id === 'm0'));
  const { positions } = service.topic(zone);
  await waitUntil('one is settled', () => positions.get('default-subscriber-name', 0) === 1);
  // Copies of it that were under way are before these.
  const seen = subscriber.copies('m1');
  await waitUntil('the other has come twice more', () => subscriber.copies('m1') > seen + 1);
  const settled = subscriber.copies('m0');
  await waitUntil('and twice again', () => subscriber.copies('m1') > seen + 3);
  expect(subscriber.copies('m0')).toBe(settled);
});

test('[seed 303] the other type of subscription needs no acknowledgements: nothing comes again', async () => {
  const { subscribed, publish } = await startPredix({ subscribe: fastRetries });
  const [silent, acking] = [
    await subscribed(),
    await subscribed({ method, headers: { subscribername: 'other' } }),
  ];
  publish(5);
  // The timers of both would have fired by the time that one has.
  await acking.received(10);
  expect(silent.ids).toHaveLength(5);
});

test('[seed 307-310] a subscriber accepts with 0 and fails with 3', async () => {
  const rules = { ...fastRetries, durationBeforeRetry: always(600_000) };
  const { service, subscribed, publish } = await startPredix({ subscribe: rules });
  const subscriber = await subscribed({ method });
  publish(2);
  await subscriber.received(2);
  const [accepted, failed] = subscriber.messages;
  subscriber.ack(
    [accepted].filter((each) => each !== undefined),
    0,
  );
  subscriber.ack(
    [failed].filter((each) => each !== undefined),
    3,
  );
  expect((await subscriber.received(3))[2]).toBe(failed?.id);
  subscriber.ack(
    [failed].filter((each) => each !== undefined),
    0,
  );
  const { positions } = service.topic(zone);
  await waitUntil('both are settled', () =>
    [0, 1].every((at) => positions.get('default-subscriber-name', at) === 1),
  );
});

test('an acknowledgement of partition and offset alone is enough', async () => {
  const { service, subscribed, publish } = await startPredix();
  const subscriber = await subscribed({ method });
  publish(5);
  await subscriber.received(5);
  subscriber.send(subscriber.messages.map(({ partition, offset }) => ({ partition, offset })));
  const { positions } = service.topic(zone);
  const isDone = (): boolean =>
    [0, 1, 2, 3, 4].every((at) => positions.get('default-subscriber-name', at) === 1);
  await waitUntil('all are settled', isDone);
});

test('after its retries a message is dropped, and the client is told nothing', async () => {
  const rules = { ...fastRetries, maxRetries: always(2) };
  const { logged, subscribed, publish } = await startPredix({ subscribe: rules });
  const subscriber = await subscribed({ method });
  publish(1);
  await waitUntil('it is dropped', () => logged.length > 0);
  await subscriber.received(3);
  expect(subscriber.ids).toEqual(['m0', 'm0', 'm0']);
  publish(1, 'next-');
  expect((await subscriber.received(4))[3]).toBe('next-0');
});

test('[seed 303] batches with acknowledgements come again as batches of what was not acknowledged', async () => {
  const { subscribed, publish } = await startPredix({ subscribe: fastRetries });
  const headers = { acks: 'true', 'batch-size': '4', 'batchtype-union': 'true' };
  const subscriber = await subscribed({ method: 'subscribe', headers });
  publish(4);
  await waitUntil('a batch has come', () => subscriber.batches.length > 0);
  expect(subscriber.batches[0]?.map(({ id }) => id)).toEqual(['m0', 'm1', 'm2', 'm3']);
  subscriber.ack(subscriber.batches[0]?.slice(0, 2) ?? []);
  const isRest = (): boolean =>
    subscriber.batches
      .at(-1)
      ?.map(({ id }) => id)
      .join() === 'm2,m3';
  await waitUntil('the rest has come again', isRest);
});

test('metric messages come within batches', async () => {
  const rules = { ...fastRetries, metricsInterval: always(20) };
  const { subscribed } = await startPredix({ subscribe: rules });
  const subscriber = await subscribed({
    method: 'subscribe',
    headers: { metrics: 'true', topic: ['pumps', 'valves'] },
  });
  await waitUntil('two have come', () => subscriber.metrics.length >= 2);
  const names = ['pumps', 'valves'].flatMap((name) => [0, 1, 2, 3, 4].map((n) => `${zone}_${name}-${n}`));
  expect(subscriber.metrics[0]?.metric?.metricmap).toEqual(
    Object.fromEntries(names.map((name) => [name, '0'])),
  );
});
