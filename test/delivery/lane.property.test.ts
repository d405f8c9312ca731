import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Lane } from '../../src/delivery/lane.js';
import { ScriptedDelivery, ScriptedObserver } from '../support/scripted-delivery.js';
import {
  type Answer,
  refusedAsTooLarge,
  refusedForGood,
  refusedForNow,
  ScriptedDestination,
} from '../support/scripted-destination.js';
import { beginRun } from '../support/scripted-run.js';

const answer = fc
  .constantFrom('ok', 'for now', 'for good', 'too large', 'lost answer')
  .map((kind): Answer => {
    if (kind === 'for now') return refusedForNow();
    if (kind === 'too large') return refusedAsTooLarge();
    return kind === 'for good' ? refusedForGood() : (kind as Answer);
  });

const run = fc.record({
  keys: fc.array(fc.constantFrom('1', '2', '3'), { minLength: 1, maxLength: 25 }),
  sends: fc.array(answer, { maxLength: 15 }),
  batches: fc.array(fc.constantFrom<Answer>('ok', 'ok', refusedForNow()), { maxLength: 4 }),
  batchSize: fc.integer({ min: 1, max: 8 }),
  /** How many are enqueued before the first send; the others come while it is under way. */
  early: fc.integer({ min: 1, max: 25 }),
});
type Run = typeof run extends fc.Arbitrary<infer T> ? T : never;

interface Played {
  readonly deliveries: readonly ScriptedDelivery[];
  readonly destination: ScriptedDestination;
  readonly lane: Lane;
}

function play({ keys, sends, batches, batchSize, early }: Run, onSend: (played: Played) => void): Played {
  const destination = new ScriptedDestination();
  destination.room = (events) => events.length <= batchSize;
  destination.script.createBatch = [...batches];
  const observer = new ScriptedObserver();
  const backoff = { firstMs: 0, longestMs: 0 };
  const lane = new Lane({ partitionId: '0', destination, observer, backoff });
  const deliveries = keys.map((key, at) => new ScriptedDelivery(`event ${at}`, key));
  const played = { deliveries, destination, lane };
  beginRun(destination, lane, { deliveries, early, sends }, () => onSend(played));
  return played;
}

function idsOf(deliveries: readonly ScriptedDelivery[], key: string): readonly string[] {
  return deliveries.filter(({ event }) => event.partitionKey === key).map(({ event }) => event.messageId);
}

test('whatever the hub answers, each delivery is settled once and each source stays in order', async () => {
  await fc.assert(
    fc.asyncProperty(run, async (each) => {
      const { deliveries, destination, lane } = play(each, () => undefined);
      await lane.drained();
      for (const { outcomes } of deliveries) expect(outcomes).toHaveLength(1);
      expect(deliveries.flatMap(({ outcomes }) => outcomes)).not.toContain('abandoned');
      expect(destination.mostInFlight).toBe(1);
      for (const key of ['1', '2', '3']) {
        const ids = idsOf(deliveries, key);
        expect(destination.firstCopies.filter((id) => ids.includes(id))).toEqual(ids);
      }
    }),
    { numRuns: 60 },
  );
});

test('whenever the lane is aborted, each delivery is settled once and only what the hub has is released', async () => {
  await fc.assert(
    fc.asyncProperty(run, fc.integer({ min: 1, max: 12 }), async (each, abortAt) => {
      const { deliveries, destination, lane } = play(each, (played) => {
        if (played.destination.count('send') === abortAt) played.lane.abort();
      });
      await lane.drained();
      expect(destination.callsAfterAbort).toBe(0);
      for (const { event, outcomes } of deliveries) {
        expect(outcomes).toHaveLength(1);
        if (!outcomes.includes('abandoned')) expect(destination.firstCopies).toContain(event.messageId);
      }
      const ids = deliveries.map(({ event }) => event.messageId);
      expect(destination.firstCopies).toEqual(ids.slice(0, destination.firstCopies.length));
      if (lane.state === 'stopped') expect(destination.count('send')).toBe(abortAt);
    }),
    { numRuns: 60 },
  );
});

test('whenever what is unsent is dropped and comes again, the order of the first copies stays', async () => {
  await fc.assert(
    fc.asyncProperty(run, fc.integer({ min: 1, max: 6 }), async (each, dropAt) => {
      const again: ScriptedDelivery[] = [];
      const { deliveries, destination, lane } = play(each, (played) => {
        if (played.destination.count('send') !== dropAt) return;
        played.lane.dropUnsent();
        const dropped = played.deliveries.filter(({ outcomes }) => outcomes.includes('abandoned'));
        again.push(...dropped.map(({ event }) => new ScriptedDelivery(event.messageId, event.partitionKey)));
        for (const delivery of again) played.lane.enqueue(delivery);
      });
      await lane.drained();
      for (const { outcomes } of [...deliveries, ...again]) expect(outcomes).toHaveLength(1);
      expect(destination.firstCopies).toEqual(deliveries.map(({ event }) => event.messageId));
    }),
    { numRuns: 60 },
  );
});
