import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { Lane } from '../../src/delivery/lane.js';
import { Replacements } from '../../src/delivery/replacements.js';
import { ScriptedDelivery, ScriptedObserver, scriptedDeliveries } from '../support/scripted-delivery.js';
import {
  type EventAnswer,
  refusedAsTooLarge,
  refusedForGood,
  refusedForNow,
  ScriptedDestination,
} from '../support/scripted-destination.js';

const lanes: Lane[] = [];

function laneTo(
  destination: ScriptedDestination,
  observer = new ScriptedObserver(),
  replacements = new Replacements(),
): Lane {
  const backoff = { firstMs: 0, longestMs: 0 };
  const lane = new Lane({ partitionId: '0', destination, observer, backoff, replacements });
  lanes.push(lane);
  return lane;
}

/** Answers for the attempts with one event, in order; then `ok`. */
function answering(script: Readonly<Record<string, readonly EventAnswer[]>>): ScriptedDestination {
  const left = new Map(Object.entries(script).map(([id, answers]) => [id, [...answers]]));
  const destination = new ScriptedDestination();
  destination.answerEvent = ({ messageId }) => left.get(messageId)?.shift() ?? 'ok';
  return destination;
}

/** One source each. */
function enqueue(lane: Lane, ...ids: readonly string[]): ScriptedDelivery[] {
  const deliveries = ids.map((id) => new ScriptedDelivery(id, id.charCodeAt(0).toString()));
  for (const delivery of deliveries) lane.enqueue(delivery);
  return deliveries;
}

afterEach(() => {
  for (const lane of lanes.splice(0)) lane.abort();
});

describe('a hub that answers for each event by itself', () => {
  test('gets again only what it has refused for now', async () => {
    const destination = answering({ b: [refusedForNow('too-many-requests')] });
    const observer = new ScriptedObserver();
    const lane = laneTo(destination, observer);
    const deliveries = enqueue(lane, 'a', 'b', 'c');
    await lane.drained();
    expect(destination.sentIds).toEqual([['a', 'b', 'c'], ['b']]);
    expect(deliveries.map(({ outcomes }) => outcomes)).toEqual([['delivered'], ['delivered'], ['delivered']]);
  });

  test('settles what is accepted at once, although the answer for another never comes', async () => {
    const destination = answering({ b: ['lost'] });
    const lane = laneTo(destination);
    const [a, b] = enqueue(lane, 'a', 'b');
    let isOpenThen: boolean | undefined;
    if (a !== undefined) a.onSettled = () => (isOpenThen = b?.outcomes.length === 0);
    await lane.drained();
    expect(isOpenThen).toBe(true);
    expect(destination.sentIds).toEqual([['a', 'b'], ['b']]);
  });

  test('gets a pointer event in the place of one that it refuses for good, and the others are not divided', async () => {
    const destination = answering({ b: [refusedForGood('bad-request')] });
    const observer = new ScriptedObserver();
    const lane = laneTo(destination, observer);
    const deliveries = enqueue(lane, 'a', 'b', 'c');
    await lane.drained();
    expect(destination.sentIds).toEqual([['a', 'b', 'c'], ['b']]);
    expect(deliveries.map(({ outcomes }) => outcomes)).toEqual([['delivered'], ['rejected'], ['delivered']]);
    expect(observer.rejections).toEqual([{ messageId: 'b', reason: 'bad-request' }]);
  });

  test('deals with several refusals of one batch, for now and for good', async () => {
    const destination = answering({
      a: [refusedForNow()],
      b: [refusedForGood('bad-request')],
      c: [refusedAsTooLarge(), refusedForNow()],
    });
    const lane = laneTo(destination);
    const deliveries = enqueue(lane, 'a', 'b', 'c', 'd');
    await lane.drained();
    expect(deliveries.map(({ outcomes }) => outcomes)).toEqual([
      ['delivered'],
      ['rejected'],
      ['rejected'],
      ['delivered'],
    ]);
  });

  test('goes on with the others when no other form can be made of an event', async () => {
    const destination = answering({
      a: [refusedAsTooLarge()],
      b: [refusedForNow()],
      c: [refusedAsTooLarge()],
    });
    let failures = 0;
    const step = async (): Promise<undefined> => {
      if (failures++ < 2) throw new Error('no memory');
    };
    const lane = laneTo(destination, new ScriptedObserver(), new Replacements({ steps: [step] }));
    const deliveries = enqueue(lane, 'a', 'b', 'c');
    await lane.drained();
    for (const { outcomes } of deliveries) expect(outcomes).toHaveLength(1);
  });

  test('never has two events of one source in a batch; others overtake, the source stays in order', async () => {
    const destination = answering({ a1: [refusedForNow()] });
    const lane = laneTo(destination);
    enqueue(lane, 'a1', 'a2', 'b1', 'a3', 'b2');
    await lane.drained();
    expect(destination.sentIds).toEqual([['a1', 'b1'], ['a1', 'b2'], ['a2'], ['a3']]);
  });

  test('counts each event once, and each attempt that brought something as a batch', async () => {
    const destination = answering({ b: [refusedForNow(), refusedForNow()] });
    const observer = new ScriptedObserver();
    const sent: number[] = [];
    observer.sent = (events) => sent.push(events);
    const lane = laneTo(destination, observer);
    enqueue(lane, 'a', 'b');
    await lane.drained();
    expect(sent).toEqual([1, 1]);
  });

  test('gets nothing again that it has, when the lane is left with a part of a batch refused', async () => {
    const destination = answering({ b: [refusedForNow('busy', 60_000)] });
    const lane = laneTo(destination);
    const [a, b] = enqueue(lane, 'a', 'b');
    await destination.reached('send', 1);
    await lane.leave();
    expect(a?.outcomes).toEqual(['delivered']);
    expect(b?.outcomes).toEqual([]);
    expect(lane.takeAll().map(({ delivery }) => delivery)).toEqual([b]);
  });
});

const answer = fc
  .constantFrom('ok', 'ok', 'for now', 'for good', 'too large', 'lost', 'stored, lost')
  .map((kind): EventAnswer => {
    if (kind === 'for now') return refusedForNow();
    if (kind === 'for good') return refusedForGood();
    return kind === 'too large' ? refusedAsTooLarge() : (kind as EventAnswer);
  });

test('whatever it answers for each, each delivery is settled once and each source stays in order', async () => {
  const run = fc.record({
    keys: fc.array(fc.constantFrom('1', '2', '3'), { minLength: 1, maxLength: 25 }),
    answers: fc.array(answer, { maxLength: 40 }),
    batchSize: fc.integer({ min: 1, max: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(run, async ({ keys, answers, batchSize }) => {
      const destination = new ScriptedDestination();
      const left = [...answers];
      destination.answerEvent = () => left.shift() ?? 'ok';
      destination.room = (events) => events.length <= batchSize;
      const lane = laneTo(destination);
      const deliveries = keys.map((key, at) => new ScriptedDelivery(`event ${at}`, key));
      for (const delivery of deliveries) lane.enqueue(delivery);
      await lane.drained();
      for (const { outcomes } of deliveries) expect(outcomes).toHaveLength(1);
      for (const key of ['1', '2', '3']) {
        const ofKey = deliveries.filter(({ event }) => event.partitionKey === key);
        const ids = ofKey.map(({ event }) => event.messageId);
        expect(destination.firstCopies.filter((id) => ids.includes(id))).toEqual(ids);
      }
    }),
    { numRuns: 100 },
  );
});

test('a lane that was aborted in the middle releases only what the hub has', async () => {
  const destination = answering({});
  destination.script.send = ['hang'];
  const lane = laneTo(destination);
  const deliveries = scriptedDeliveries('a', 'b');
  for (const delivery of deliveries) lane.enqueue(delivery);
  await destination.reached('send', 1);
  lane.abort();
  await lane.drained();
  expect(deliveries.map(({ outcomes }) => outcomes)).toEqual([['abandoned'], ['abandoned']]);
});
