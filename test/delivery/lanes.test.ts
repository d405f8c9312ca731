import { afterEach, describe, expect, test } from 'vitest';
import { Lanes, type PartitionBy } from '../../src/delivery/lanes.js';
import { ScriptedDelivery, ScriptedObserver } from '../support/scripted-delivery.js';
import { refusedForNow, ScriptedDestination } from '../support/scripted-destination.js';

const all: Lanes[] = [];

function lanesTo(
  destination: ScriptedDestination,
  observer = new ScriptedObserver(),
  partitionBy: PartitionBy = 'source',
): Lanes {
  const lanes = new Lanes({ destination, partitionBy, observer, backoff: { firstMs: 0, longestMs: 0 } });
  all.push(lanes);
  return lanes;
}

function deliver(lanes: Lanes, ...sources: readonly string[]): readonly ScriptedDelivery[] {
  const deliveries = sources.map((source, at) => new ScriptedDelivery(`${source}#${at}`, source));
  for (const delivery of deliveries) lanes.enqueue(delivery);
  return deliveries;
}

/** The ids that each partition has, in order. */
function byPartition(destination: ScriptedDestination): Record<string, readonly string[]> {
  const found: Record<string, string[]> = {};
  for (const { partitionId, event } of destination.accepted) {
    found[partitionId] = [...(found[partitionId] ?? []), event.messageId];
  }
  return found;
}

afterEach(() => {
  for (const lanes of all.splice(0)) lanes.abort();
});

describe('lanes', () => {
  test('keep what comes before the hub is open, and assign it in order to the partition of its source', async () => {
    const destination = new ScriptedDestination(['p0', 'p1']);
    destination.script.open = ['hang'];
    const lanes = lanesTo(destination);
    lanes.start();
    const deliveries = deliver(lanes, '2', '1', '2', '3');
    expect(lanes.isOpen).toBe(false);
    expect(destination.count('createBatch')).toBe(0);
    destination.letGo();
    await lanes.drained();
    expect(lanes.isOpen).toBe(true);
    expect(byPartition(destination)).toEqual({ p0: ['2#0', '2#2'], p1: ['1#1', '3#3'] });
    expect(deliveries.flatMap(({ outcomes }) => outcomes)).toEqual(deliveries.map(() => 'delivered'));
  });

  test('assign what comes later as well', async () => {
    const destination = new ScriptedDestination(['p0', 'p1']);
    const lanes = lanesTo(destination);
    lanes.start();
    await lanes.drained();
    deliver(lanes, '1', '2', '1');
    await lanes.drained();
    expect(byPartition(destination)).toEqual({ p0: ['2#1'], p1: ['1#0', '1#2'] });
  });

  test('spread events evenly when there is no order to keep', async () => {
    const destination = new ScriptedDestination(['p0', 'p1', 'p2']);
    const lanes = lanesTo(destination, new ScriptedObserver(), 'none');
    lanes.start();
    deliver(lanes, '1', '1', '1', '1', '1', '1');
    await lanes.drained();
    const counts = Object.values(byPartition(destination)).map((events) => events.length);
    expect(counts).toEqual([2, 2, 2]);
  });

  test('do not hold one partition up when another fails', async () => {
    const destination = new ScriptedDestination(['p0', 'p1']);
    destination.answerSend = (events) => (events[0]?.partitionKey === '1' ? 'hang' : 'ok');
    const lanes = lanesTo(destination);
    lanes.start();
    const [stuck, other] = deliver(lanes, '1', '2');
    await destination.reached('send', 2);
    await new Promise<void>((resolve) => {
      if (other === undefined || other.outcomes.length > 0) resolve();
      else other.onSettled = () => resolve();
    });
    expect(stuck?.outcomes).toEqual([]);
    destination.letGo();
    await lanes.drained();
    expect(stuck?.outcomes).toEqual(['delivered']);
  });

  test('open the hub again and again until it succeeds, and say so', async () => {
    const destination = new ScriptedDestination();
    destination.script.open = [refusedForNow('UnauthorizedError'), new Error('odd'), 'ok'];
    const observer = new ScriptedObserver();
    const lanes = lanesTo(destination, observer);
    lanes.start();
    const [delivery] = deliver(lanes, '1');
    await lanes.drained();
    expect(delivery?.outcomes).toEqual(['delivered']);
    expect(observer.failures).toEqual([
      { condition: 'UnauthorizedError', partitionId: 'all', attempt: 1 },
      { condition: 'unknown', partitionId: 'all', attempt: 2 },
    ]);
    expect(observer.recoveries).toEqual(['all']);
  });

  test('that open at the first attempt report no recovery', async () => {
    const observer = new ScriptedObserver();
    const lanes = lanesTo(new ScriptedDestination(), observer);
    lanes.start();
    await lanes.drained();
    expect(observer.recoveries).toEqual([]);
  });

  test('are drained when nothing was given to them, although the hub cannot be opened', async () => {
    const destination = new ScriptedDestination();
    destination.script.open = ['hang'];
    const lanes = lanesTo(destination);
    lanes.start();
    let isDrained = false;
    const drained = lanes.drained().then(() => {
      isDrained = true;
    });
    await new Promise(setImmediate);
    expect(isDrained).toBe(true);
    await drained;
  });
});

describe('dropping and stopping', () => {
  test('what waits for the hub to open can be dropped, and what comes after is delivered', async () => {
    const destination = new ScriptedDestination();
    destination.script.open = ['hang'];
    const lanes = lanesTo(destination);
    lanes.start();
    const dropped = deliver(lanes, '1', '2');
    lanes.dropUnsent();
    const [later] = deliver(lanes, '3');
    destination.letGo();
    await lanes.drained();
    expect(dropped.map(({ outcomes }) => outcomes)).toEqual([['abandoned'], ['abandoned']]);
    expect(later?.outcomes).toEqual(['delivered']);
    expect(destination.firstCopies).toEqual(['3#0']);
  });

  test('dropping reaches every lane and touches no batch in flight', async () => {
    const destination = new ScriptedDestination(['p0', 'p1']);
    destination.script.send = ['hang', 'hang'];
    const lanes = lanesTo(destination);
    lanes.start();
    const sent = deliver(lanes, '0', '1');
    await destination.reached('send', 2);
    const queued = deliver(lanes, '0', '1');
    lanes.dropUnsent();
    destination.letGo();
    await lanes.drained();
    expect(queued.flatMap(({ outcomes }) => outcomes)).toEqual(['abandoned', 'abandoned']);
    expect(sent.flatMap(({ outcomes }) => outcomes)).toEqual(['delivered', 'delivered']);
  });

  test('an abort abandons everything, in every lane and before the hub is open', async () => {
    const open = new ScriptedDestination(['p0', 'p1']);
    open.answerSend = () => 'hang';
    const opened = lanesTo(open);
    opened.start();
    const inFlight = deliver(opened, '0', '1');
    await open.reached('send', 2);
    const closed = new ScriptedDestination();
    closed.script.open = ['hang'];
    const unopened = lanesTo(closed);
    unopened.start();
    const waiting = deliver(unopened, '0');
    for (const lanes of [opened, unopened]) {
      lanes.abort();
      await lanes.drained();
    }
    const late = [...deliver(opened, '0'), ...deliver(unopened, '0')];
    for (const { outcomes } of [...inFlight, ...waiting, ...late]) expect(outcomes).toEqual(['abandoned']);
    expect(unopened.isOpen).toBe(false);
    expect([open.callsAfterAbort, closed.callsAfterAbort]).toEqual([0, 0]);
  });

  test('an abort while the hub is about to open makes no lanes', async () => {
    const destination = new ScriptedDestination();
    destination.script.open = ['hang'];
    const lanes = lanesTo(destination);
    lanes.start();
    const [delivery] = deliver(lanes, '1');
    destination.letGo();
    lanes.abort();
    await lanes.drained();
    expect(lanes.isOpen).toBe(false);
    expect(delivery?.outcomes).toEqual(['abandoned']);
  });
});
