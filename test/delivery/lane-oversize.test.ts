import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { Lane } from '../../src/delivery/lane.js';
import { type ShrinkStep, shrinkSteps } from '../../src/delivery/oversize.js';
import { Replacements } from '../../src/delivery/replacements.js';
import type { HubEvent } from '../../src/mapping/hub-event.js';
import { ScriptedDelivery, ScriptedObserver } from '../support/scripted-delivery.js';
import { refusedAsTooLarge, refusedForGood, ScriptedDestination } from '../support/scripted-destination.js';

/** An oversize event never waits: an hour would be noticed. */
const BACKOFF = { firstMs: 3_600_000, longestMs: 3_600_000 };
const LARGEST = 1000;
const STEPS = shrinkSteps({
  format: 'raw',
  trimFragments: ['c8y_Log', 'c8y_Trace'],
  contentEncoding: 'gzip',
});

const noise = (bytes: number): string => randomBytes(bytes).toString('hex');

/** A delivery of an event with these fragments besides its id. */
function deliveryOf(id: string, fragments: Readonly<Record<string, string>> = {}): ScriptedDelivery {
  const delivery = new ScriptedDelivery(id);
  const body = Buffer.from(JSON.stringify({ id, ...fragments }));
  return Object.assign(delivery, { event: { ...delivery.event, body } });
}

interface World {
  readonly destination: ScriptedDestination;
  readonly observer: ScriptedObserver;
  readonly lane: Lane;
}

function world(steps: readonly ShrinkStep[] = STEPS): World {
  const destination = new ScriptedDestination();
  destination.room = (events) => events.reduce((sum, { body }) => sum + body.length, 0) <= LARGEST;
  const observer = new ScriptedObserver();
  const replacements = new Replacements({ steps });
  const lane = new Lane({ partitionId: '0', destination, observer, backoff: BACKOFF, replacements });
  return { destination, observer, lane };
}

async function send({ lane }: World, deliveries: readonly ScriptedDelivery[]): Promise<void> {
  for (const delivery of deliveries) lane.enqueue(delivery);
  await lane.drained();
}

function sent({ destination }: World, id: string): HubEvent {
  const found = destination.accepted.find(({ event }) => event.messageId === id);
  if (found === undefined) throw new Error(`the hub has no event ${id}`);
  return found.event;
}

describe('an event that is too large', () => {
  test('is sent without the fragments that the route can do without, with the same id, in its place', async () => {
    const its = world();
    const deliveries = [
      deliveryOf('a'),
      deliveryOf('big', { c8y_Log: noise(1000), c8y_T: '1' }),
      deliveryOf('b'),
    ];
    await send(its, deliveries);
    const event = sent(its, 'big');
    expect(event.body.toString()).toBe('{"id":"big","c8y_T":"1"}');
    expect(event.properties).toEqual({ ...deliveries[1]?.event.properties, trimmed: 'c8y_Log' });
    expect(its.destination.firstCopies).toEqual(['a', 'big', 'b']);
    expect(deliveries.flatMap(({ outcomes }) => outcomes)).toEqual(['delivered', 'delivered', 'delivered']);
    expect(its.observer.shrinkings).toEqual([{ messageId: 'big', properties: event.properties }]);
    expect(its.observer.rejections).toEqual([]);
  });

  test('is packed where there is nothing to take out', async () => {
    const its = world();
    const delivery = deliveryOf('big', { c8y_T: 'x'.repeat(5000) });
    await send(its, [delivery]);
    const event = sent(its, 'big');
    expect(event).toMatchObject({ contentEncoding: 'gzip', contentType: 'application/json' });
    expect(event.properties).toEqual({ ...delivery.event.properties, contentEncoding: 'gzip' });
    expect(gunzipSync(event.body)).toEqual(delivery.event.body);
    expect(delivery.outcomes).toEqual(['delivered']);
  });

  test('is packed without those fragments where that alone is too large', async () => {
    const its = world();
    await send(its, [deliveryOf('big', { c8y_Log: noise(2000), c8y_T: 'x'.repeat(5000) })]);
    const event = sent(its, 'big');
    expect(event.properties).toMatchObject({ trimmed: 'c8y_Log', contentEncoding: 'gzip' });
    expect(JSON.parse(gunzipSync(event.body).toString())).toEqual({ id: 'big', c8y_T: 'x'.repeat(5000) });
  });

  test('becomes a pointer to the whole of it where every form is too large', async () => {
    const its = world();
    const delivery = deliveryOf('big', { c8y_Log: noise(2000), c8y_T: noise(2000) });
    await send(its, [delivery]);
    const event = sent(its, 'big');
    expect(JSON.parse(event.body.toString())).toMatchObject({
      rejected: { reason: 'message-size-exceeded', sizeBytes: delivery.event.body.length },
    });
    expect(event).not.toHaveProperty('contentEncoding');
    expect(event.properties).toEqual({ ...delivery.event.properties, rejected: 'message-size-exceeded' });
    expect(delivery.outcomes).toEqual(['rejected']);
    expect(its.observer.shrinkings).toEqual([]);
  });

  test('takes no attempt of its own and no wait, whatever is tried', async () => {
    const its = world();
    const deliveries = [
      deliveryOf('1', { c8y_Log: noise(1000) }),
      deliveryOf('2', { c8y_T: 'x'.repeat(5000) }),
      deliveryOf('3', { c8y_T: noise(2000) }),
      deliveryOf('4'),
    ];
    await send(its, deliveries);
    // Where one is noticed, the batch before it ends.
    expect(its.destination.sentIds).toEqual([['1'], ['2'], ['3', '4']]);
    expect(its.observer.failures).toEqual([]);
  });

  test('is tried once in each form when only the hub says that it is too large', async () => {
    const its = world();
    its.destination.room = () => true;
    its.destination.answerSend = (events) =>
      events.some(({ body, properties }) => body.length > 100 && !('rejected' in properties))
        ? refusedAsTooLarge()
        : 'ok';
    const deliveries = [
      deliveryOf('a'),
      deliveryOf('big', { c8y_Log: 'x'.repeat(500), c8y_T: noise(200) }),
      deliveryOf('b'),
    ];
    await send(its, deliveries);
    const forms = its.destination.attempts
      .filter(({ events }) => events.length === 1 && events[0]?.messageId === 'big')
      .map(({ events: [event] }) =>
        Object.keys(event?.properties ?? {})
          .slice(5)
          .join(),
      );
    expect(forms).toEqual(['', 'trimmed', 'trimmed,contentEncoding', 'rejected']);
    expect(its.destination.firstCopies).toEqual(['a', 'big', 'b']);
    expect(its.observer.failures).toEqual([]);
  });

  test('that the hub refuses for another reason is not made smaller: that would not help', async () => {
    const its = world();
    its.destination.answerSend = ([event]) =>
      'rejected' in (event?.properties ?? {}) ? 'ok' : refusedForGood();
    await send(its, [deliveryOf('a', { c8y_Log: 'x' })]);
    expect(its.destination.count('send')).toBe(2);
    expect(sent(its, 'a').properties).toHaveProperty('rejected', 'ArgumentError');
  });

  test('can be dropped while it is packed, and the lane goes on', async () => {
    let go: () => void = () => undefined;
    const slow: ShrinkStep = (event) =>
      new Promise((resolve) => {
        go = () => resolve({ ...event, body: Buffer.from('{}') });
      });
    const its = world([slow]);
    const delivery = deliveryOf('big', { c8y_T: noise(2000) });
    its.lane.enqueue(delivery);
    await expect.poll(() => its.lane.state).toBe('replacing');
    its.lane.dropUnsent();
    its.lane.enqueue(deliveryOf('next'));
    go();
    await its.lane.drained();
    expect(delivery.outcomes).toEqual(['abandoned']);
    expect(its.destination.firstCopies).toEqual(['next']);
  });

  test('whose smaller form cannot be made is tried in the next one', async () => {
    const its = world([() => Promise.reject(new Error('odd'))]);
    const lane = new Lane({
      partitionId: '0',
      destination: its.destination,
      observer: its.observer,
      backoff: { firstMs: 0, longestMs: 0 },
      replacements: new Replacements({ steps: [() => Promise.reject(new Error('odd')), ...STEPS] }),
    });
    const delivery = deliveryOf('big', { c8y_Log: noise(2000) });
    lane.enqueue(delivery);
    await lane.drained();
    expect(delivery.outcomes).toEqual(['delivered']);
    expect(its.observer.failures.map(({ condition }) => condition)).toEqual(['unknown']);
  });
});

test('an event that fits is left alone by all of it', async () => {
  const forbidden: ShrinkStep = () => {
    throw new Error('called for an event that fits');
  };
  const its = world([forbidden]);
  await send(its, [deliveryOf('a', { c8y_Log: 'x' }), deliveryOf('b')]);
  expect(its.destination.sentIds).toEqual([['a', 'b']]);
  expect(sent(its, 'a').properties).not.toHaveProperty('trimmed');
  expect(its.observer.failures).toEqual([]);
});

test('a route without options for it makes a pointer at once', () => {
  expect(shrinkSteps({ format: 'flat', trimFragments: [], contentEncoding: 'none' })).toEqual([]);
});
