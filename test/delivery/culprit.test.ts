import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Lane } from '../../src/delivery/lane.js';
import { ScriptedDelivery, ScriptedObserver } from '../support/scripted-delivery.js';
import { refusedAsTooLarge, refusedForGood, ScriptedDestination } from '../support/scripted-destination.js';

/** No test here may have to wait: an hour would be noticed. */
const BACKOFF = { firstMs: 3_600_000, longestMs: 3_600_000 };

interface Sent {
  readonly destination: ScriptedDestination;
  readonly deliveries: readonly ScriptedDelivery[];
}

/** Sends a batch of so many events to a hub that refuses the culprits for good, as often as they come. */
async function sendWithCulprits(count: number, culprits: readonly number[]): Promise<Sent> {
  const destination = new ScriptedDestination();
  const ids = new Set(culprits.map((at) => `event ${at}`));
  destination.answerSend = (events) =>
    events.some(({ messageId, properties }) => ids.has(messageId) && !('rejected' in properties))
      ? refusedForGood()
      : 'ok';
  const lane = new Lane({
    partitionId: '0',
    destination,
    observer: new ScriptedObserver(),
    backoff: BACKOFF,
  });
  const deliveries = Array.from({ length: count }, (_, at) => new ScriptedDelivery(`event ${at}`));
  for (const delivery of deliveries) lane.enqueue(delivery);
  await lane.drained();
  return { destination, deliveries };
}

test('the culprit among 500 events is found with 20 attempts at most, wherever it is', async () => {
  for (const culprit of [0, 1, 249, 250, 251, 498, 499]) {
    const { destination, deliveries } = await sendWithCulprits(500, [culprit]);
    // The whole, two for each of nine divisions, and the pointer event.
    expect(destination.attempts.length).toBeLessThanOrEqual(1 + 2 * 9 + 1);
    expect(destination.attempts[0]?.events).toHaveLength(500);
    expect(deliveries.filter(({ outcomes }) => outcomes[0] === 'rejected')).toEqual([deliveries[culprit]]);
    expect(destination.firstCopies).toEqual(deliveries.map(({ event }) => event.messageId));
  }
});

test('of two events, one and two attempts find the first and the second', async () => {
  const first = await sendWithCulprits(2, [0]);
  expect(first.destination.sentIds).toEqual([['event 0', 'event 1'], ['event 0'], ['event 0'], ['event 1']]);
  const second = await sendWithCulprits(2, [1]);
  expect(second.destination.sentIds).toEqual([['event 0', 'event 1'], ['event 0'], ['event 1'], ['event 1']]);
});

test('however many culprits there are, each is found, nobody else is, and the order stays', async () => {
  const batches = fc.integer({ min: 1, max: 64 }).chain((count) =>
    fc.record({
      count: fc.constant(count),
      culprits: fc.uniqueArray(fc.integer({ min: 0, max: count - 1 })),
    }),
  );
  await fc.assert(
    fc.asyncProperty(batches, async ({ count, culprits }) => {
      const { destination, deliveries } = await sendWithCulprits(count, culprits);
      const rejected = deliveries.flatMap(({ outcomes }, at) => (outcomes[0] === 'rejected' ? [at] : []));
      expect(rejected).toEqual([...culprits].sort((a, b) => a - b));
      expect(deliveries.every(({ outcomes }) => outcomes.length === 1)).toBe(true);
      expect(destination.accepted.map(({ event }) => event.messageId)).toEqual(
        deliveries.map(({ event }) => event.messageId),
      );
      const depth = Math.ceil(Math.log2(count));
      expect(destination.attempts.length).toBeLessThanOrEqual(1 + culprits.length * (2 * depth + 1));
    }),
    { numRuns: 60 },
  );
});

test('a batch that was made for larger messages than the hub takes now is divided, and nothing is rejected', async () => {
  const destination = new ScriptedDestination();
  destination.answerSend = (events) => (events.length > 100 ? refusedAsTooLarge() : 'ok');
  const lane = new Lane({
    partitionId: '0',
    destination,
    observer: new ScriptedObserver(),
    backoff: BACKOFF,
  });
  const deliveries = Array.from({ length: 800 }, (_, at) => new ScriptedDelivery(`event ${at}`));
  for (const delivery of deliveries) lane.enqueue(delivery);
  await lane.drained();
  expect(destination.attempts).toHaveLength(1 + 2 + 4 + 8);
  expect(deliveries.every(({ outcomes }) => outcomes.join() === 'delivered')).toBe(true);
  expect(destination.accepted.map(({ event }) => event.messageId)).toEqual(
    deliveries.map(({ event }) => event.messageId),
  );
});
