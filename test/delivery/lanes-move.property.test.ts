import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Lanes } from '../../src/delivery/lanes.js';
import { ScriptedDelivery, ScriptedObserver } from '../support/scripted-delivery.js';
import {
  type Answer,
  refusedForGood,
  refusedForNow,
  ScriptedDestination,
} from '../support/scripted-destination.js';

const SOURCES = ['1', '2', '3', '5', '8', '13'];

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('deliver'), source: fc.constantFrom(...SOURCES) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('partitions'), count: fc.integer({ min: 1, max: 8 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('turn') }) },
);
const answer = fc.constantFrom<Answer>('ok', 'ok', 'ok', 'lost answer', refusedForNow(), refusedForGood());
const run = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 60 }),
  answers: fc.array(answer, { maxLength: 40 }),
  /** How many turns of the event loop each send takes. */
  turns: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 10 }),
});
type Run = typeof run extends fc.Arbitrary<infer T> ? T : never;

interface Played {
  /** What was not dropped, in the order in which it came; a dropped one comes again. */
  readonly deliveries: readonly ScriptedDelivery[];
  readonly dropped: readonly ScriptedDelivery[];
  readonly destination: ScriptedDestination;
  readonly lanes: Lanes;
}

/** A hub that takes its time, so that things happen while a batch is with it. */
class SlowDestination extends ScriptedDestination {
  readonly #turns: readonly number[];

  constructor(turns: readonly number[]) {
    super(['0', '1', '2', '3']);
    this.#turns = turns;
  }

  override async send(...args: Parameters<ScriptedDestination['send']>): Promise<void> {
    const turns = this.#turns[this.count('send') % this.#turns.length] ?? 0;
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
    await super.send(...args);
  }
}

const isDropped = ({ outcomes }: ScriptedDelivery): boolean => outcomes.includes('abandoned');

/** Plays the steps; after a drop, what was dropped comes again before anything else, as from Cumulocity. */
async function play({ steps, answers, turns }: Run): Promise<Played> {
  const destination = new SlowDestination(turns);
  const script = [...answers];
  destination.answerSend = () => script.shift() ?? 'ok';
  const lanes = new Lanes({
    destination,
    partitionBy: 'source',
    observer: new ScriptedObserver(),
    backoff: { firstMs: 0, longestMs: 0 },
    partitionWatch: { everyMs: 0, soonestMs: 0 },
  });
  lanes.start();
  let deliveries: ScriptedDelivery[] = [];
  const dropped: ScriptedDelivery[] = [];
  const enqueue = (delivery: ScriptedDelivery): void => {
    deliveries.push(delivery);
    lanes.enqueue(delivery);
  };
  for (const [at, each] of steps.entries()) {
    if ('source' in each) enqueue(new ScriptedDelivery(`${each.source}#${at}`, each.source));
    else if ('count' in each)
      destination.partitionIds = Array.from({ length: each.count }, (_, id) => `${id}`);
    else if (each.kind === 'turn') await new Promise(setImmediate);
    else {
      lanes.dropUnsent();
      const again = deliveries.filter(isDropped);
      deliveries = deliveries.filter((delivery) => !isDropped(delivery));
      dropped.push(...again);
      for (const { event } of again) enqueue(new ScriptedDelivery(event.messageId, event.partitionKey));
    }
  }
  await lanes.drained();
  return { deliveries, dropped, destination, lanes };
}

test('however the partitions change, first copies of a source stay in order and all is settled once', async () => {
  await fc.assert(
    fc.asyncProperty(run, async (each) => {
      const { deliveries, dropped, destination, lanes } = await play(each);
      for (const { outcomes } of dropped) expect(outcomes).toEqual(['abandoned']);
      for (const { outcomes } of deliveries) {
        expect(outcomes).toHaveLength(1);
        expect(outcomes).not.toContain('abandoned');
      }
      for (const source of SOURCES) {
        const ids = deliveries.flatMap(({ event }) =>
          event.partitionKey === source ? [event.messageId] : [],
        );
        expect(destination.firstCopies.filter((id) => ids.includes(id))).toEqual(ids);
      }
      expect(destination.mostInFlight).toBeLessThanOrEqual(1);
      // The last partitions are found in the end, and what comes then goes there.
      await expect.poll(() => lanes.partitionIds.join()).toBe(destination.partitionIds.join());
      lanes.abort();
    }),
    { numRuns: 100 },
  );
});
