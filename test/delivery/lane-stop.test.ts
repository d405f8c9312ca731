import { afterEach, describe, expect, test } from 'vitest';
import { Lane } from '../../src/delivery/lane.js';
import { Replacements } from '../../src/delivery/replacements.js';
import {
  enqueue,
  outcomes,
  type ScriptedDelivery,
  ScriptedObserver,
  scriptedDeliveries,
} from '../support/scripted-delivery.js';
import { refusedForNow, ScriptedDestination } from '../support/scripted-destination.js';

const HOUR_MS = 3_600_000;
const lanes: Lane[] = [];

function laneTo(destination: ScriptedDestination, waitMs = 0, observer = new ScriptedObserver()): Lane {
  const backoff = { firstMs: waitMs, longestMs: waitMs };
  const lane = new Lane({ partitionId: '0', destination, observer, backoff });
  lanes.push(lane);
  return lane;
}

/** A lane that waits an hour, since the first call of the hub failed. */
async function waitingLane(
  call: 'send' | 'createBatch',
): Promise<{ destination: ScriptedDestination; lane: Lane; deliveries: readonly ScriptedDelivery[] }> {
  const destination = new ScriptedDestination();
  destination.script[call] = [refusedForNow()];
  const observer = new ScriptedObserver();
  const lane = laneTo(destination, HOUR_MS, observer);
  const deliveries = scriptedDeliveries('a');
  enqueue(lane, deliveries);
  await observer.nextFailure();
  return { destination, lane, deliveries };
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

afterEach(() => {
  for (const lane of lanes.splice(0)) lane.abort();
});

describe('dropping what is unsent', () => {
  test('abandons the queue and lets the batch in flight finish', async () => {
    const destination = new ScriptedDestination();
    destination.script.send = ['hang'];
    const lane = laneTo(destination);
    const [sent, queued] = [scriptedDeliveries('a'), scriptedDeliveries('b', 'c')];
    enqueue(lane, sent);
    await destination.reached('send', 1);
    enqueue(lane, queued);
    lane.dropUnsent();
    expect(outcomes(queued)).toEqual([['abandoned'], ['abandoned']]);
    expect(outcomes(sent)).toEqual([[]]);
    destination.letGo();
    await lane.drained();
    expect(outcomes(sent)).toEqual([['delivered']]);
    expect(destination.sentIds).toEqual([['a']]);
  });

  test('keeps a batch that is being tried again', async () => {
    const destination = new ScriptedDestination();
    destination.script.send = [refusedForNow(), 'hang'];
    const lane = laneTo(destination);
    const deliveries = scriptedDeliveries('a');
    enqueue(lane, deliveries);
    await destination.reached('send', 2);
    lane.dropUnsent();
    destination.letGo();
    await lane.drained();
    expect(outcomes(deliveries)).toEqual([['delivered']]);
  });

  test('while a batch is being made leaves an empty lane that is idle again', async () => {
    const destination = new ScriptedDestination();
    destination.script.createBatch = ['hang'];
    const lane = laneTo(destination);
    const deliveries = scriptedDeliveries('a', 'b');
    enqueue(lane, deliveries);
    lane.dropUnsent();
    destination.letGo();
    await lane.drained();
    expect(destination.count('send')).toBe(0);
    expect(outcomes(deliveries)).toEqual([['abandoned'], ['abandoned']]);
    expect(lane.state).toBe('idle');
  });

  test('keeps the order of what comes after', async () => {
    const destination = new ScriptedDestination();
    destination.script.send = ['hang'];
    const lane = laneTo(destination);
    enqueue(lane, scriptedDeliveries('a', 'b'));
    await destination.reached('send', 1);
    enqueue(lane, scriptedDeliveries('c'));
    lane.dropUnsent();
    enqueue(lane, scriptedDeliveries('c', 'd'));
    destination.letGo();
    await lane.drained();
    expect(destination.sentIds).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });
});

describe('a lane that is left', () => {
  test('takes nothing any more, whether it was idle or not', async () => {
    const [idle, busy] = [new ScriptedDestination(), new ScriptedDestination()];
    busy.script.send = ['hang'];
    const [idleLane, busyLane] = [laneTo(idle), laneTo(busy)];
    const inFlight = scriptedDeliveries('a');
    enqueue(busyLane, inFlight);
    await busy.reached('send', 1);
    const left = Promise.all([idleLane.leave(), busyLane.leave()]);
    busy.letGo();
    await left;
    const late = scriptedDeliveries('b', 'c');
    enqueue(idleLane, late.slice(0, 1));
    enqueue(busyLane, late.slice(1));
    expect(outcomes([...inFlight, ...late])).toEqual([['delivered'], ['abandoned'], ['abandoned']]);
    expect([idleLane.state, busyLane.state]).toEqual(['stopped', 'stopped']);
  });

  test('keeps what the hub has not taken, in order, for whoever takes it out', async () => {
    const destination = new ScriptedDestination();
    destination.script.send = ['hang'];
    const lane = laneTo(destination);
    const deliveries = scriptedDeliveries('a', 'b', 'c');
    enqueue(lane, deliveries.slice(0, 2));
    await destination.reached('send', 1);
    enqueue(lane, deliveries.slice(2));
    const left = lane.leave();
    destination.letGo(refusedForNow());
    await left;
    expect(outcomes(deliveries)).toEqual([[], [], []]);
    expect(lane.takeAll().map(({ delivery }) => delivery)).toEqual(deliveries);
    expect(destination.count('send')).toBe(1);
  });

  test('does not wait until it has a batch to fill', async () => {
    const destination = new ScriptedDestination();
    destination.script.createBatch = ['hang'];
    const lane = laneTo(destination);
    const deliveries = scriptedDeliveries('a');
    enqueue(lane, deliveries);
    await lane.leave();
    expect(lane.takeAll().map(({ delivery }) => delivery)).toEqual(deliveries);
  });

  test('makes nothing smaller any more: that is for the next lane', async () => {
    const destination = new ScriptedDestination();
    destination.script.createBatch = ['hang'];
    destination.room = () => false;
    let steps = 0;
    const step = (): Promise<undefined> => {
      steps++;
      return Promise.resolve(undefined);
    };
    const lane = new Lane({
      partitionId: '0',
      destination,
      observer: new ScriptedObserver(),
      backoff: { firstMs: 0, longestMs: 0 },
      replacements: new Replacements({ steps: [step] }),
    });
    enqueue(lane, scriptedDeliveries('too large'));
    destination.letGo();
    await lane.leave();
    expect(lane.takeAll()).toHaveLength(1);
    expect(steps).toBe(0);
  });

  test('abandons it when it is aborted afterwards', async () => {
    const { lane, deliveries } = await waitingLane('send');
    await lane.leave();
    lane.abort();
    expect(outcomes(deliveries)).toEqual([['abandoned']]);
  });
});

describe('an abort', () => {
  test('abandons what is queued and what is in flight, and nothing is sent any more', async () => {
    const destination = new ScriptedDestination();
    destination.script.send = ['hang'];
    const lane = laneTo(destination);
    const deliveries = scriptedDeliveries('a', 'b');
    enqueue(lane, deliveries.slice(0, 1));
    await destination.reached('send', 1);
    enqueue(lane, deliveries.slice(1));
    lane.abort();
    expect(outcomes(deliveries.slice(1))).toEqual([['abandoned']]);
    await lane.drained();
    const late = scriptedDeliveries('c');
    enqueue(lane, late);
    expect(outcomes([...deliveries, ...late])).toEqual([['abandoned'], ['abandoned'], ['abandoned']]);
    expect(lane.state).toBe('stopped');
    expect(destination.count('send')).toBe(1);
    expect(destination.callsAfterAbort).toBe(0);
  });

  test('cuts a wait of an hour short and leaves no timer', async () => {
    const before = timers();
    const { lane, deliveries } = await waitingLane('send');
    expect(lane.state).toBe('waiting');
    lane.abort();
    await lane.drained();
    expect(outcomes(deliveries)).toEqual([['abandoned']]);
    expect(timers()).toBe(before);
  });

  test('while no batch can be made ends the attempts', async () => {
    const { destination, lane, deliveries } = await waitingLane('createBatch');
    lane.abort();
    await lane.drained();
    expect(outcomes(deliveries)).toEqual([['abandoned']]);
    expect(destination.count('createBatch')).toBe(1);
  });

  test('does not undo what the hub accepted meanwhile', async () => {
    const destination = new ScriptedDestination();
    destination.script.send = ['hang'];
    const lane = laneTo(destination);
    const deliveries = scriptedDeliveries('a');
    enqueue(lane, deliveries);
    await destination.reached('send', 1);
    destination.letGo();
    lane.abort();
    await lane.drained();
    expect(outcomes(deliveries)).toEqual([['delivered']]);
  });

  test('can be given twice', async () => {
    const lane = laneTo(new ScriptedDestination());
    lane.abort();
    expect(() => lane.abort()).not.toThrow();
    await lane.drained();
  });
});
