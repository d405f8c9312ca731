import { afterEach, describe, expect, test } from 'vitest';
import { Lane } from '../../src/delivery/lane.js';
import { enqueue, outcomes, ScriptedObserver, scriptedDeliveries } from '../support/scripted-delivery.js';
import { refusedForNow, ScriptedDestination } from '../support/scripted-destination.js';

const lanes: Lane[] = [];

function laneTo(destination: ScriptedDestination, observer = new ScriptedObserver()): Lane {
  const lane = new Lane({ partitionId: '0', destination, observer, backoff: { firstMs: 0, longestMs: 0 } });
  lanes.push(lane);
  return lane;
}

afterEach(() => {
  for (const lane of lanes.splice(0)) lane.abort();
});

describe('a lane', () => {
  test('sends what comes while it is idle and collects while a batch is in flight', async () => {
    const destination = new ScriptedDestination();
    destination.script.send = ['hang', 'hang'];
    const lane = laneTo(destination);
    enqueue(lane, scriptedDeliveries('a'));
    await destination.reached('send', 1);
    enqueue(lane, scriptedDeliveries('b', 'c'));
    expect(destination.sentIds).toEqual([['a']]);
    destination.letGo();
    await destination.reached('send', 2);
    enqueue(lane, scriptedDeliveries('d'));
    destination.letGo();
    await lane.drained();
    expect(destination.sentIds).toEqual([['a'], ['b', 'c'], ['d']]);
    expect(destination.mostInFlight).toBe(1);
    expect(lane.state).toBe('idle');
  });

  test('settles nothing before the hub has accepted the batch', async () => {
    const destination = new ScriptedDestination();
    destination.script.send = ['hang'];
    const lane = laneTo(destination);
    const deliveries = scriptedDeliveries('a', 'b');
    enqueue(lane, deliveries);
    await destination.reached('send', 1);
    expect(lane.state).toBe('sending');
    expect(outcomes(deliveries)).toEqual([[], []]);
    destination.letGo();
    await lane.drained();
    expect(outcomes(deliveries)).toEqual([['delivered'], ['delivered']]);
  });

  test('closes a batch when the next event has no room in it', async () => {
    const destination = new ScriptedDestination();
    destination.room = (events) => events.length <= 2;
    const lane = laneTo(destination);
    enqueue(lane, scriptedDeliveries('a', 'b', 'c', 'd', 'e'));
    await lane.drained();
    expect(destination.sentIds).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  test('goes on after it was idle', async () => {
    const destination = new ScriptedDestination();
    const lane = laneTo(destination);
    enqueue(lane, scriptedDeliveries('a'));
    await lane.drained();
    enqueue(lane, scriptedDeliveries('b'));
    await lane.drained();
    expect(destination.sentIds).toEqual([['a'], ['b']]);
  });

  test('takes what is enqueued while a batch is settled', async () => {
    const destination = new ScriptedDestination();
    const lane = laneTo(destination);
    const [first, second] = scriptedDeliveries('a', 'b');
    if (first === undefined || second === undefined) throw new Error('two deliveries were asked for');
    first.onSettled = () => lane.enqueue(second);
    lane.enqueue(first);
    await lane.drained();
    expect(second.outcomes).toEqual(['delivered']);
  });
});

describe('a failing send', () => {
  test('is tried again with the same batch, and nothing overtakes it', async () => {
    const destination = new ScriptedDestination();
    destination.script.send = ['hang', refusedForNow(), new Error('no SendError at all')];
    const observer = new ScriptedObserver();
    const lane = laneTo(destination, observer);
    enqueue(lane, scriptedDeliveries('a'));
    await destination.reached('send', 1);
    enqueue(lane, scriptedDeliveries('b'));
    destination.letGo(refusedForNow('ServerBusyError'));
    await lane.drained();
    expect(destination.sentIds).toEqual([['a'], ['a'], ['a'], ['a'], ['b']]);
    expect(observer.failures).toEqual([
      { condition: 'ServerBusyError', partitionId: '0', attempt: 1 },
      { condition: 'ServiceUnavailableError', partitionId: '0', attempt: 2 },
      { condition: 'unknown', partitionId: '0', attempt: 3 },
    ]);
    expect(observer.recoveries).toEqual(['0']);
    expect(observer.sentEvents).toEqual([1, 1]);
  });

  test('counts its attempts anew after a success, and a success without a failure recovers nothing', async () => {
    const destination = new ScriptedDestination();
    destination.room = (events) => events.length <= 1;
    destination.script.send = [refusedForNow(), refusedForNow(), 'ok', refusedForNow(), 'ok', 'ok'];
    const observer = new ScriptedObserver();
    const lane = laneTo(destination, observer);
    enqueue(lane, scriptedDeliveries('a', 'b', 'c'));
    await lane.drained();
    expect(observer.failures.map(({ attempt }) => attempt)).toEqual([1, 2, 1]);
    expect(observer.recoveries).toEqual(['0', '0']);
  });

  test('whose answer was lost is repeated, and settled once', async () => {
    const destination = new ScriptedDestination();
    destination.script.send = ['lost answer'];
    const lane = laneTo(destination);
    const deliveries = scriptedDeliveries('a', 'b');
    enqueue(lane, deliveries);
    await lane.drained();
    expect(destination.accepted.map(({ event }) => event.messageId)).toEqual(['a', 'b', 'a', 'b']);
    expect(outcomes(deliveries)).toEqual([['delivered'], ['delivered']]);
  });

  test('when the hub gives no batch to fill, it is asked again and nothing is lost', async () => {
    const destination = new ScriptedDestination();
    destination.script.createBatch = [refusedForNow(), new Error('odd'), 'ok'];
    const observer = new ScriptedObserver();
    const lane = laneTo(destination, observer);
    enqueue(lane, scriptedDeliveries('a', 'b'));
    await lane.drained();
    expect(destination.sentIds).toEqual([['a', 'b']]);
    expect(observer.failures.map(({ condition }) => condition)).toEqual([
      'ServiceUnavailableError',
      'unknown',
    ]);
  });

  test('waits at least as long as the hub asks, while another lane tries on', async () => {
    const busy = new ScriptedDestination();
    busy.script.send = [refusedForNow('ServerBusyError', 3_600_000)];
    const observer = new ScriptedObserver();
    const patient = laneTo(busy, observer);
    enqueue(patient, scriptedDeliveries('a'));
    await observer.nextFailure();
    const failing = new ScriptedDestination();
    failing.script.send = Array.from({ length: 10 }, () => refusedForNow());
    const other = laneTo(failing);
    enqueue(other, scriptedDeliveries('b'));
    await other.drained();
    expect(failing.count('send')).toBe(11);
    expect(busy.count('send')).toBe(1);
    expect(patient.state).toBe('waiting');
  });
});
