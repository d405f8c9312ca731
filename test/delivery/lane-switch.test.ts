import { afterEach, describe, expect, test } from 'vitest';
import { Lane } from '../../src/delivery/lane.js';
import { Lanes } from '../../src/delivery/lanes.js';
import { ScriptedObserver, scriptedDeliveries } from '../support/scripted-delivery.js';
import { refusedForNow, ScriptedDestination } from '../support/scripted-destination.js';

const BACKOFF = { firstMs: 0, longestMs: 0 };
const started: { abort(): void }[] = [];

function laneTo(destination: ScriptedDestination): Lane {
  const lane = new Lane({
    partitionId: '0',
    destination,
    observer: new ScriptedObserver(),
    backoff: BACKOFF,
  });
  started.push(lane);
  return lane;
}

afterEach(() => {
  for (const each of started.splice(0)) each.abort();
});

describe('a lane that is given another connection of its hub', () => {
  test('lets the batch in flight finish on the one before, and sends the next over the other', async () => {
    const [before, after] = [new ScriptedDestination(), new ScriptedDestination()];
    before.script.send = ['hang'];
    const lane = laneTo(before);
    for (const delivery of scriptedDeliveries('a', 'b')) lane.enqueue(delivery);
    await before.reached('send', 1);
    lane.use(after);
    for (const delivery of scriptedDeliveries('c')) lane.enqueue(delivery);
    let isFree = false;
    const freed = lane.attempted().then(() => {
      isFree = true;
    });
    expect(isFree).toBe(false);
    before.letGo();
    await freed;
    await lane.drained();
    expect([before.sentIds, after.sentIds]).toEqual([[['a', 'b']], [['c']]]);
  });

  test('sends a refused batch anew over the other, before everything else and once', async () => {
    const [before, after] = [new ScriptedDestination(), new ScriptedDestination()];
    before.script.send = ['hang'];
    const lane = laneTo(before);
    const deliveries = scriptedDeliveries('a', 'b', 'c');
    for (const delivery of deliveries.slice(0, 2)) lane.enqueue(delivery);
    await before.reached('send', 1);
    for (const delivery of deliveries.slice(2)) lane.enqueue(delivery);
    lane.use(after);
    before.letGo(refusedForNow('UnauthorizedError'));
    await lane.drained();
    expect(before.count('send')).toBe(1);
    expect(after.firstCopies).toEqual(['a', 'b', 'c']);
    expect(deliveries.map(({ outcomes }) => outcomes)).toEqual([['delivered'], ['delivered'], ['delivered']]);
  });

  test('fills no batch of the one before with what it sends over the other', async () => {
    const [before, after] = [new ScriptedDestination(), new ScriptedDestination()];
    before.script.createBatch = ['hang'];
    const lane = laneTo(before);
    for (const delivery of scriptedDeliveries('a')) lane.enqueue(delivery);
    await before.reached('createBatch', 1);
    lane.use(after);
    before.letGo();
    await lane.drained();
    expect([before.sentIds, after.sentIds]).toEqual([[], [['a']]]);
  });

  test('makes a new batch where the destination calls the old one stale', async () => {
    const destination = new ScriptedDestination();
    const lane = laneTo(destination);
    const made: { isStale: boolean }[] = [];
    const createBatch = destination.createBatch.bind(destination);
    destination.createBatch = async (...args) => {
      const batch = await createBatch(...args);
      made.push(batch);
      return batch;
    };
    destination.answerSend = () => {
      const [first] = made;
      if (made.length > 1 || first === undefined) return 'ok';
      first.isStale = true;
      return refusedForNow();
    };
    const [delivery] = scriptedDeliveries('a');
    if (delivery !== undefined) lane.enqueue(delivery);
    await lane.drained();
    expect(made).toHaveLength(2);
    expect(delivery?.outcomes).toEqual(['delivered']);
  });
});

test('lanes that are not open yet open over the other connection', async () => {
  const [before, after] = [new ScriptedDestination(), new ScriptedDestination()];
  before.script.open = ['hang'];
  const lanes = new Lanes({
    destination: before,
    partitionBy: 'source',
    observer: new ScriptedObserver(),
    backoff: BACKOFF,
  });
  started.push(lanes);
  lanes.start();
  const [delivery] = scriptedDeliveries('a');
  if (delivery !== undefined) lanes.enqueue(delivery);
  await lanes.use(after, ['0']);
  before.letGo(refusedForNow('UnauthorizedError'));
  await lanes.drained();
  expect(after.sentIds).toEqual([['a']]);
  expect(delivery?.outcomes).toEqual(['delivered']);
});
