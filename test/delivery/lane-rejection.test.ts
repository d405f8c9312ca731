import { afterEach, describe, expect, test } from 'vitest';
import { Lane } from '../../src/delivery/lane.js';
import { ScriptedDelivery, ScriptedObserver, scriptedDeliveries } from '../support/scripted-delivery.js';
import { refusedForGood, refusedForNow, ScriptedDestination } from '../support/scripted-destination.js';

const lanes: Lane[] = [];

function laneTo(destination: ScriptedDestination, observer = new ScriptedObserver()): Lane {
  const lane = new Lane({ partitionId: '0', destination, observer, backoff: { firstMs: 0, longestMs: 0 } });
  lanes.push(lane);
  return lane;
}

function bodyOf(destination: ScriptedDestination, messageId: string): Record<string, unknown> {
  const { event } = destination.accepted.find((each) => each.event.messageId === messageId) ?? {};
  return JSON.parse(event?.body.toString() ?? '{}') as Record<string, unknown>;
}

afterEach(() => {
  for (const lane of lanes.splice(0)) lane.abort();
});

describe('a batch that the hub refuses for good', () => {
  /** Refuses whatever has the event's own body in it; takes its pointer event. */
  function hubRefusing(messageId: string): ScriptedDestination {
    const destination = new ScriptedDestination();
    destination.answerSend = (events) =>
      events.some((event) => event.messageId === messageId && !('rejected' in event.properties))
        ? refusedForGood()
        : 'ok';
    return destination;
  }

  test('is divided; only the culprit becomes a pointer event, and the order is kept', async () => {
    const destination = hubRefusing('b');
    const observer = new ScriptedObserver();
    const lane = laneTo(destination, observer);
    const deliveries = scriptedDeliveries('a', 'b', 'c', 'd');
    for (const delivery of deliveries) lane.enqueue(delivery);
    await lane.drained();
    expect(destination.sentIds).toEqual([['a', 'b', 'c', 'd'], ['a', 'b'], ['a'], ['b'], ['b'], ['c', 'd']]);
    expect(destination.firstCopies).toEqual(['a', 'b', 'c', 'd']);
    expect(bodyOf(destination, 'b')).toMatchObject({ messageId: 'b', rejected: { reason: 'ArgumentError' } });
    expect(bodyOf(destination, 'a')).toEqual({ id: 'a' });
    expect(deliveries.map(({ outcomes }) => outcomes)).toEqual([
      ['delivered'],
      ['rejected'],
      ['delivered'],
      ['delivered'],
    ]);
    expect(observer.rejections).toEqual([{ messageId: 'b', reason: 'ArgumentError' }]);
  });

  test('keeps ahead of what came while it was in flight', async () => {
    const destination = hubRefusing('b');
    destination.script.send = ['hang'];
    const lane = laneTo(destination);
    for (const delivery of scriptedDeliveries('a', 'b')) lane.enqueue(delivery);
    await destination.reached('send', 1);
    for (const delivery of scriptedDeliveries('c', 'd')) lane.enqueue(delivery);
    destination.letGo(refusedForGood());
    await lane.drained();
    expect(destination.sentIds).toEqual([['a', 'b'], ['a'], ['b'], ['b'], ['c', 'd']]);
    expect(destination.firstCopies).toEqual(['a', 'b', 'c', 'd']);
  });

  test('does not make innocent events go alone for ever', async () => {
    const destination = hubRefusing('a');
    const lane = laneTo(destination);
    for (const delivery of scriptedDeliveries('a', 'b')) lane.enqueue(delivery);
    await lane.drained();
    const before = destination.attempts.length;
    for (const delivery of scriptedDeliveries('c', 'd', 'e')) lane.enqueue(delivery);
    await lane.drained();
    expect(destination.sentIds.slice(before)).toEqual([['c', 'd', 'e']]);
  });

  test('that is a pointer event is tried again: nothing is let go', async () => {
    const destination = new ScriptedDestination();
    destination.script.send = [refusedForGood(), refusedForGood(), refusedForGood(), refusedForNow(), 'ok'];
    const observer = new ScriptedObserver();
    const lane = laneTo(destination, observer);
    const delivery = new ScriptedDelivery('a');
    lane.enqueue(delivery);
    await lane.drained();
    expect(destination.count('send')).toBe(5);
    expect(delivery.outcomes).toEqual(['rejected']);
    expect(observer.rejections).toHaveLength(1);
    expect(observer.failures.map(({ condition }) => condition)).toEqual([
      'ArgumentError',
      'ArgumentError',
      'ServiceUnavailableError',
    ]);
    expect(bodyOf(destination, 'a')).toHaveProperty('rejected.sha256');
  });
});

describe('an event that is too large for an empty batch', () => {
  const LARGEST = 400;

  function smallHub(largest = LARGEST): ScriptedDestination {
    const destination = new ScriptedDestination();
    destination.room = (events) => events.reduce((sum, { body }) => sum + body.length, 0) <= largest;
    return destination;
  }

  test('becomes a pointer event in its place, and its neighbours are delivered as they are', async () => {
    const destination = smallHub();
    const observer = new ScriptedObserver();
    const lane = laneTo(destination, observer);
    const deliveries = ['a', 'big', 'c'].map((id) => new ScriptedDelivery(id, '1', id === 'big' ? 1000 : 50));
    for (const delivery of deliveries) lane.enqueue(delivery);
    await lane.drained();
    expect(destination.firstCopies).toEqual(['a', 'big', 'c']);
    expect(deliveries.map(({ outcomes }) => outcomes)).toEqual([['delivered'], ['rejected'], ['delivered']]);
    expect(observer.rejections).toEqual([{ messageId: 'big', reason: 'message-size-exceeded' }]);
    expect(bodyOf(destination, 'big')).toMatchObject({ rejected: { sizeBytes: 1000 } });
  });

  test('waits, unsettled, while there is no room even for its pointer event, and goes out once there is', async () => {
    const destination = smallHub(10);
    const observer = new ScriptedObserver();
    const lane = laneTo(destination, observer);
    const delivery = new ScriptedDelivery('big', '1', 1000);
    lane.enqueue(delivery);
    await destination.reached('createBatch', 4);
    expect(destination.count('send')).toBe(0);
    expect(delivery.outcomes).toEqual([]);
    destination.room = () => true;
    await lane.drained();
    expect(delivery.outcomes).toEqual(['rejected']);
    expect(observer.rejections).toHaveLength(1);
  });

  test('can be dropped while its pointer event waits for room, and the lane goes on', async () => {
    const destination = smallHub(10);
    const observer = new ScriptedObserver();
    const lane = laneTo(destination, observer);
    const delivery = new ScriptedDelivery('big', '1', 1000);
    lane.enqueue(delivery);
    await observer.nextFailure();
    expect(lane.state).toBe('waiting');
    lane.dropUnsent();
    await expect(lane.drained()).resolves.toBeUndefined();
    expect(delivery.outcomes).toEqual(['abandoned']);
    destination.room = () => true;
    lane.enqueue(new ScriptedDelivery('next'));
    await lane.drained();
    expect(destination.firstCopies).toEqual(['next']);
  });
});
