import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DeadLetters } from '../../src/delivery/dead-letters.js';
import { Lane } from '../../src/delivery/lane.js';
import { shrinkSteps } from '../../src/delivery/oversize.js';
import { Replacements } from '../../src/delivery/replacements.js';
import { ScriptedDelivery, ScriptedObserver } from '../support/scripted-delivery.js';
import {
  type Answer,
  refusedAsTooLarge,
  refusedForGood,
  refusedForNow,
  ScriptedDestination,
} from '../support/scripted-destination.js';
import { beginRun } from '../support/scripted-run.js';

const answer = fc.constantFrom<Answer>(
  'ok',
  'ok',
  'lost answer',
  refusedForNow(),
  refusedForGood(),
  refusedAsTooLarge(),
);

const source = fc.record({
  key: fc.constantFrom('1', '2', '3'),
  /** Of a fragment that can be taken out, and of one that cannot: letters, which can be packed. */
  trimmable: fc.constantFrom(0, 50, 500, 3000),
  fixed: fc.constantFrom(0, 50, 500, 3000),
});

const run = fc.record({
  sources: fc.array(source, { minLength: 1, maxLength: 20 }),
  /** Bytes of the largest message; grows to the second once so many batches were asked for. */
  largest: fc.constantFrom(600, 1000, 4000),
  largestLater: fc.constantFrom(600, 1000, 4000),
  later: fc.integer({ min: 0, max: 10 }),
  sends: fc.array(answer, { maxLength: 20 }),
  deadSends: fc.array(answer, { maxLength: 10 }),
  early: fc.integer({ min: 1, max: 20 }),
});
type Run = typeof run extends fc.Arbitrary<infer T> ? T : never;

interface Played {
  readonly deliveries: readonly ScriptedDelivery[];
  readonly hub: ScriptedDestination;
  readonly deadHub: ScriptedDestination;
  readonly observer: ScriptedObserver;
}

function deliveryOf(at: number, { key, trimmable, fixed }: Run['sources'][number]): ScriptedDelivery {
  const delivery = new ScriptedDelivery(`event ${at}`, key);
  const [c8y_Log, c8y_T] = ['x'.repeat(trimmable), 'y'.repeat(fixed)];
  const body = Buffer.from(JSON.stringify({ id: `event ${at}`, c8y_Log, c8y_T }));
  return Object.assign(delivery, { event: { ...delivery.event, body } });
}

async function play({ sources, largest, largestLater, later, ...each }: Run): Promise<Played> {
  const [hub, deadHub] = [new ScriptedDestination(), new ScriptedDestination()];
  const now = (): number => (hub.count('createBatch') < later ? largest : largestLater);
  hub.room = (events) => events.reduce((sum, { body }) => sum + body.length, 0) <= now();
  deadHub.room = hub.room;
  deadHub.script.send = [...each.deadSends];
  const backoff = { firstMs: 0, longestMs: 0 };
  const timing = { attemptMs: 60_000, backoff };
  const deadLetters = new DeadLetters({ hubName: 'dead', rejectedBy: 'hub', connect: () => deadHub, timing });
  const steps = shrinkSteps({ format: 'raw', trimFragments: ['c8y_Log'], contentEncoding: 'gzip' });
  const replacements = new Replacements({ steps, deadLetters });
  const observer = new ScriptedObserver();
  const lane = new Lane({ partitionId: '0', destination: hub, observer, backoff, replacements });
  const deliveries = sources.map((its, at) => deliveryOf(at, its));
  beginRun(hub, lane, { deliveries, early: each.early, sends: each.sends });
  await lane.drained();
  return { deliveries, hub, deadHub, observer };
}

test('whatever the sizes, refusals and answers, first copies stay in order and all is settled once, as it is told', async () => {
  await fc.assert(
    fc.asyncProperty(run, async (each) => {
      const { deliveries, hub, deadHub, observer } = await play(each);
      expect(hub.firstCopies).toEqual(deliveries.map(({ event }) => event.messageId));
      expect(hub.mostInFlight).toBe(1);
      for (const { event, outcomes } of deliveries) {
        const copies = hub.accepted.filter((copy) => copy.event.messageId === event.messageId);
        const last = copies.at(-1)?.event.properties ?? {};
        expect(outcomes).toEqual([last['rejected'] === undefined ? 'delivered' : 'rejected']);
        const isDead = deadHub.accepted.some((copy) => copy.event.messageId === event.messageId);
        if (last['deadLetterHub'] !== undefined) expect(isDead).toBe(true);
        const whole = copies.filter((copy) => copy.event.properties === event.properties);
        for (const copy of whole) expect(copy.event.body).toEqual(event.body);
      }
      const rejected = deliveries.filter(({ outcomes }) => outcomes.includes('rejected'));
      expect(observer.rejections.map(({ messageId }) => messageId)).toEqual(
        rejected.map(({ event }) => event.messageId),
      );
    }),
    { numRuns: 100 },
  );
});
