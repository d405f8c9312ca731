import { describe, expect, test } from 'vitest';
import type { Delivery } from '../../src/delivery/delivery.js';
import { Lane } from '../../src/delivery/lane.js';
import { Lanes } from '../../src/delivery/lanes.js';
import type { Relief } from '../../src/delivery/relief.js';
import {
  enqueue,
  outcomes,
  ScriptedDelivery,
  ScriptedObserver,
  scriptedDeliveries,
} from '../support/scripted-delivery.js';
import { refusedForNow, ScriptedDestination } from '../support/scripted-destination.js';
import { waitUntil } from '../support/wait.js';

const QUICK = { firstMs: 1, longestMs: 2 };
const SLOW = { firstMs: 3_600_000, longestMs: 3_600_000 };

/** Takes what a test lets it take, and settles it at once. */
class ScriptedRelief implements Relief {
  isOn = false;
  takes: (delivery: Delivery) => boolean = () => true;
  readonly taken: string[] = [];

  take(delivery: Delivery): boolean {
    if (!this.isOn || !this.takes(delivery)) return false;
    this.taken.push(delivery.event.messageId);
    delivery.settle('letGo');
    return true;
  }
}

function world(backoff = QUICK) {
  const relief = new ScriptedRelief();
  const destination = new ScriptedDestination();
  const observer = new ScriptedObserver();
  const lane = new Lane({ partitionId: '0', destination, observer, backoff, relief });
  return { relief, destination, observer, lane };
}

describe('a lane that is stuck', () => {
  test('keeps its first event and has all others taken off: those of its batch, those behind it, and those to come', async () => {
    const { relief, destination, observer, lane } = world();
    const failed = observer.nextFailure();
    destination.answerSend = () => refusedForNow();
    const deliveries = scriptedDeliveries('a', 'b', 'c');
    enqueue(lane, deliveries);
    await failed;
    const [later] = scriptedDeliveries('d');
    enqueue(lane, [later as ScriptedDelivery]);
    relief.isOn = true;
    lane.relieve();
    await waitUntil('the batch is one event', () => destination.sentIds.at(-1)?.join() === 'a');
    const [last] = scriptedDeliveries('e');
    enqueue(lane, [last as ScriptedDelivery]);
    expect([...relief.taken].sort()).toEqual(['b', 'c', 'd', 'e']);

    destination.answerSend = () => 'ok';
    await lane.drained();
    expect(outcomes([...deliveries, later as ScriptedDelivery, last as ScriptedDelivery])).toEqual([
      ['delivered'],
      ...Array.from({ length: 4 }, () => ['letGo']),
    ]);
  });

  test('does not wait for the end of a long wait', async () => {
    const { relief, destination, observer, lane } = world(SLOW);
    const failed = observer.nextFailure();
    destination.script.send.push(refusedForNow());
    enqueue(lane, scriptedDeliveries('a', 'b'));
    await failed;
    relief.isOn = true;
    lane.relieve();
    await lane.drained();
    expect(relief.taken).toEqual(['b']);
    expect(destination.sentIds).toEqual([['a', 'b'], ['a']]);
  });

  test('gives an attempt up that hangs with several events, but never the one with a single event', async () => {
    const { relief, destination, observer, lane } = world();
    const failed = observer.nextFailure();
    destination.script.send.push(refusedForNow(), 'hang', 'hang');
    enqueue(lane, scriptedDeliveries('a', 'b'));
    await failed;
    await destination.reached('send', 2);
    relief.isOn = true;
    lane.relieve();
    await destination.reached('send', 3);
    expect(observer.failures.at(-1)?.condition).toBe('no-answer');
    for (let times = 0; times < 5; times++) lane.relieve();
    destination.letGo();
    await lane.drained();
    expect(destination.sentIds).toEqual([['a', 'b'], ['a', 'b'], ['a']]);
  });

  test('keeps what is not taken, in order', async () => {
    const { relief, destination, observer, lane } = world();
    const failed = observer.nextFailure();
    destination.script.send.push(refusedForNow());
    relief.takes = ({ event }) => event.messageId !== 'c';
    enqueue(lane, scriptedDeliveries('a', 'b', 'c', 'd'));
    await failed;
    relief.isOn = true;
    await lane.drained();
    expect(destination.firstCopies).toEqual(['a', 'c']);
    expect(relief.taken).toEqual(['b', 'd']);
  });
});

test('a lane that gets on has nothing taken off, unless it is crowded', async () => {
  const { relief, destination, lane } = world();
  relief.isOn = true;
  destination.script.send.push('hang');
  enqueue(lane, scriptedDeliveries('first'));
  await destination.reached('send', 1);
  const many = Array.from({ length: 510 }, (_, at) => new ScriptedDelivery(`${at}`));
  enqueue(lane, many);
  expect(relief.taken).toEqual(Array.from({ length: 10 }, (_, at) => `${500 + at}`));
  destination.letGo();
  await lane.drained();
  expect(destination.firstCopies).toHaveLength(501);
});

test('switched off, nothing is taken off a lane that is stuck', async () => {
  const { relief, destination, observer, lane } = world();
  const failed = observer.nextFailure();
  destination.script.send.push(refusedForNow());
  enqueue(lane, scriptedDeliveries('a', 'b'));
  await failed;
  lane.relieve();
  await lane.drained();
  expect(relief.taken).toEqual([]);
});

describe('lanes', () => {
  function lanesWith(
    destination: ScriptedDestination,
    relief: ScriptedRelief,
    observer = new ScriptedObserver(),
  ): Lanes {
    return new Lanes({ destination, partitionBy: 'source', observer, backoff: QUICK, relief });
  }

  test('of a hub that cannot be opened have everything taken off, what was kept already too', async () => {
    const destination = new ScriptedDestination();
    const relief = new ScriptedRelief();
    const observer = new ScriptedObserver();
    const failed = observer.nextFailure();
    destination.script.open.push(refusedForNow(), 'hang');
    const lanes = lanesWith(destination, relief, observer);
    const [before, after] = scriptedDeliveries('before', 'after') as [ScriptedDelivery, ScriptedDelivery];
    lanes.enqueue(before);
    lanes.start();
    await failed;
    expect(lanes.isStuck).toBe(true);
    relief.isOn = true;
    lanes.relieve();
    lanes.enqueue(after);
    expect(relief.taken).toEqual(['before', 'after']);
    lanes.abort();
  });

  test('of a hub that was not tried yet are not stuck: what comes is kept', async () => {
    const destination = new ScriptedDestination();
    const relief = new ScriptedRelief();
    destination.script.open.push('hang');
    const lanes = lanesWith(destination, relief);
    lanes.start();
    relief.isOn = true;
    const [delivery] = scriptedDeliveries('a') as [ScriptedDelivery];
    lanes.enqueue(delivery);
    expect([lanes.isStuck, delivery.outcomes]).toEqual([false, []]);
    destination.letGo();
    await lanes.drained();
    expect(delivery.outcomes).toEqual(['delivered']);
    lanes.abort();
  });
});
