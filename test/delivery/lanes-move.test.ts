import { afterEach, describe, expect, test } from 'vitest';
import { DeadLetters } from '../../src/delivery/dead-letters.js';
import { Lanes, type LanesParts } from '../../src/delivery/lanes.js';
import type { PartitionWatchTiming } from '../../src/delivery/partition-watch.js';
import { Replacements } from '../../src/delivery/replacements.js';
import { ScriptedDelivery, ScriptedObserver } from '../support/scripted-delivery.js';
import { refusedForGood, refusedForNow, ScriptedDestination } from '../support/scripted-destination.js';

const HOUR_MS = 3_600_000;
/** Only something that happens makes the hub be asked again. */
const WHEN_SHOWN: PartitionWatchTiming = { everyMs: HOUR_MS, soonestMs: 0 };
const ALL_THE_TIME: PartitionWatchTiming = { everyMs: 0, soonestMs: 0 };
const all: Lanes[] = [];

interface World {
  readonly destination: ScriptedDestination;
  readonly observer: ScriptedObserver;
  readonly lanes: Lanes;
}

function world(partitionIds: readonly string[], parts: Partial<LanesParts> = {}): World {
  const destination = new ScriptedDestination(partitionIds);
  const observer = new ScriptedObserver();
  const backoff = { firstMs: 0, longestMs: 0 };
  const shared = { destination, observer, backoff, partitionBy: 'source' as const };
  const lanes = new Lanes({ ...shared, partitionWatch: WHEN_SHOWN, ...parts });
  all.push(lanes);
  lanes.start();
  return { destination, observer, lanes };
}

let nextId = 0;

function deliver({ lanes }: World, ...sources: readonly string[]): readonly ScriptedDelivery[] {
  const deliveries = sources.map((source) => new ScriptedDelivery(`${source}#${nextId++}`, source));
  for (const delivery of deliveries) lanes.enqueue(delivery);
  return deliveries;
}

/** Resolves when all that can happen without the hub has happened. */
async function turn(): Promise<void> {
  await new Promise(setImmediate);
}

async function untilMoved({ observer }: World, count = 1): Promise<void> {
  await expect.poll(() => observer.moves.length).toBe(count);
}

function idsOf(deliveries: readonly ScriptedDelivery[]): readonly string[] {
  return deliveries.map(({ event }) => event.messageId);
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

afterEach(() => {
  for (const lanes of all.splice(0)) lanes.abort();
});

describe('the hub is asked for its partitions again', () => {
  test('every now and then, while nothing happens', async () => {
    const its = world(['0'], { partitionWatch: ALL_THE_TIME });
    await its.destination.reached('open', 3);
    its.destination.partitionIds = ['0', '1'];
    await untilMoved(its);
    expect(its.lanes.partitionIds).toEqual(['0', '1']);
    expect(its.observer.moves).toEqual([[1, 2]]);
  });

  test('when it recovers from a failure', async () => {
    const its = world(['0']);
    await its.lanes.drained();
    its.destination.script.send = [refusedForNow()];
    deliver(its, '1');
    await its.destination.reached('open', 2);
    expect(its.observer.recoveries).toEqual(['0']);
    // Another hub is asked all the time meanwhile, and this one is not.
    await world(['0'], { partitionWatch: ALL_THE_TIME }).destination.reached('open', 10);
    expect(its.destination.count('open')).toBe(2);
  });

  test('when it refuses a partition that it does not have, although nothing can recover', async () => {
    const its = world(['0', '1', '2', '3']);
    await its.destination.reached('open', 1);
    its.destination.partitionIds = ['0', '1'];
    const deliveries = deliver(its, '3', '3', '3');
    await untilMoved(its);
    await its.lanes.drained();
    expect(its.destination.accepted.map(({ partitionId }) => partitionId)).toEqual(['1', '1', '1']);
    expect(its.destination.firstCopies).toEqual(idsOf(deliveries));
  });

  test('not before the least time has passed, whatever happens', async () => {
    const its = world(['0'], { partitionWatch: { everyMs: HOUR_MS, soonestMs: HOUR_MS } });
    its.destination.script.send = [refusedForNow(), refusedForNow()];
    deliver(its, '1');
    await its.lanes.drained();
    deliver(its, '1');
    await its.lanes.drained();
    expect(its.destination.count('open')).toBe(1);
  });

  test('in vain while it fails, which is nothing new to anybody', async () => {
    const its = world(['0'], { partitionWatch: ALL_THE_TIME });
    await its.destination.reached('open', 1);
    its.destination.script.open = [refusedForNow(), new Error('odd')];
    await its.destination.reached('open', 4);
    expect(its.observer.failures).toEqual([]);
    const [delivery] = deliver(its, '1');
    await its.lanes.drained();
    expect(delivery?.outcomes).toEqual(['delivered']);
  });

  test('no more after an abort, and no timer is left', async () => {
    const before = timers();
    const its = world(['0']);
    await expect.poll(timers).toBe(before + 1);
    its.lanes.abort();
    await expect.poll(timers).toBe(before);
    expect(its.destination.count('open')).toBe(1);
  });
});

describe('a move to other partitions', () => {
  test('lets what is in flight end first, and then sends what was queued and what came meanwhile, in order', async () => {
    const its = world(['0', '1']);
    its.destination.script.send = ['hang'];
    const inFlight = deliver(its, '2');
    await its.destination.reached('send', 1);
    const queued = deliver(its, '2', '2');
    const use = its.lanes.use(its.destination, ['0', '1', '2', '3']);
    its.destination.partitionIds = ['0', '1', '2', '3'];
    await turn();
    const meanwhile = deliver(its, '2', '3');
    await turn();
    expect(its.destination.count('send')).toBe(1);
    its.destination.letGo();
    await use;
    await its.lanes.drained();
    expect(its.destination.accepted.map(({ partitionId, event }) => [partitionId, event.messageId])).toEqual(
      expect.arrayContaining([
        ['0', inFlight[0]?.event.messageId],
        ...[...queued, ...meanwhile.slice(0, 1)].map(({ event }) => ['2', event.messageId]),
        ['3', meanwhile[1]?.event.messageId],
      ]),
    );
    const bySource = its.destination.firstCopies.filter((id) => id.startsWith('2'));
    expect(bySource).toEqual(idsOf([...inFlight, ...queued, ...meanwhile.slice(0, 1)]));
    for (const { outcomes } of [...inFlight, ...queued, ...meanwhile])
      expect(outcomes).toEqual(['delivered']);
  });

  test('cuts the wait of a lane short that may never be needed again', async () => {
    const its = world(['0', '1'], { backoff: { firstMs: HOUR_MS, longestMs: HOUR_MS } });
    await its.lanes.drained();
    its.destination.partitionIds = ['0'];
    const deliveries = deliver(its, '1', '1');
    await untilMoved(its);
    await its.lanes.drained();
    expect(its.destination.firstCopies).toEqual(idsOf(deliveries));
  });

  test('gives a batch that is refused meanwhile to the new lanes, before what was queued behind it', async () => {
    const its = world(['0']);
    its.destination.script.send = ['hang'];
    const first = deliver(its, '4', '5');
    await its.destination.reached('send', 1);
    const second = deliver(its, '5', '4');
    const use = its.lanes.use(its.destination, ['0', '1']);
    its.destination.partitionIds = ['0', '1'];
    its.destination.letGo(refusedForNow());
    await use;
    await its.lanes.drained();
    const of = (partition: string): readonly string[] =>
      its.destination.accepted.flatMap(({ partitionId, event }) =>
        partitionId === partition ? [event.messageId] : [],
      );
    expect(of('0')).toEqual(idsOf([first[0], second[1]].filter((each) => each !== undefined)));
    expect(of('1')).toEqual(idsOf([first[1], second[0]].filter((each) => each !== undefined)));
    for (const { outcomes } of [...first, ...second]) expect(outcomes).toEqual(['delivered']);
  });

  test('sends a pointer event on as it is: the whole event is with the dead-letter hub once', async () => {
    const deadHub = new ScriptedDestination();
    const deadLetters = new DeadLetters({
      hubName: 'dead',
      rejectedBy: 'main',
      connect: () => deadHub,
      timing: { attemptMs: HOUR_MS, backoff: { firstMs: 0, longestMs: 0 } },
    });
    const its = world(['0', '1'], { replacements: new Replacements({ deadLetters }) });
    its.destination.script.send = [refusedForGood(), 'hang'];
    const [delivery] = deliver(its, '1');
    await its.destination.reached('send', 2);
    const use = its.lanes.use(its.destination, ['0']);
    its.destination.partitionIds = ['0'];
    its.destination.letGo(refusedForNow());
    await use;
    await its.lanes.drained();
    expect(delivery?.outcomes).toEqual(['rejected']);
    expect(deadHub.accepted).toHaveLength(1);
  });

  test('drops what can be dropped, and delivers what comes after', async () => {
    const its = world(['0']);
    its.destination.script.send = ['hang'];
    const inFlight = deliver(its, '1');
    await its.destination.reached('send', 1);
    const queued = deliver(its, '1');
    const use = its.lanes.use(its.destination, ['0', '1']);
    await turn();
    const kept = deliver(its, '1');
    its.lanes.dropUnsent();
    expect([...queued, ...kept].flatMap(({ outcomes }) => outcomes)).toEqual(['abandoned', 'abandoned']);
    its.destination.partitionIds = ['0', '1'];
    const after = deliver(its, '1');
    its.destination.letGo();
    await use;
    await its.lanes.drained();
    expect([...inFlight, ...after].flatMap(({ outcomes }) => outcomes)).toEqual(['delivered', 'delivered']);
  });

  test('is ended by an abort: everything is abandoned once, and nothing is sent any more', async () => {
    const its = world(['0']);
    its.destination.script.send = ['hang'];
    const deliveries = [...deliver(its, '1')];
    await its.destination.reached('send', 1);
    deliveries.push(...deliver(its, '1'));
    const use = its.lanes.use(its.destination, ['0', '1']);
    await turn();
    deliveries.push(...deliver(its, '1'));
    its.lanes.abort();
    await use;
    await its.lanes.drained();
    deliveries.push(...deliver(its, '1'));
    for (const { outcomes } of deliveries) expect(outcomes).toEqual(['abandoned']);
    expect(its.destination.count('send')).toBe(1);
    expect(its.destination.callsAfterAbort).toBe(0);
  });

  test('waits for no dead-letter hub: what is refused meanwhile is dealt with afterwards', async () => {
    const deadHub = new ScriptedDestination();
    deadHub.script.send = ['hang'];
    const timing = { attemptMs: HOUR_MS, backoff: { firstMs: 0, longestMs: 0 } };
    const parts = { hubName: 'dead', rejectedBy: 'main', connect: () => deadHub, timing };
    const replacements = new Replacements({ deadLetters: new DeadLetters(parts) });
    const its = world(['0'], { replacements });
    its.destination.script.send = ['hang', refusedForGood()];
    const [delivery] = deliver(its, '1');
    await its.destination.reached('send', 1);
    const use = its.lanes.use(its.destination, ['0', '1']);
    its.destination.partitionIds = ['0', '1'];
    await turn();
    its.destination.letGo(refusedForGood());
    await use;
    expect(its.lanes.partitionIds).toHaveLength(2);
    await deadHub.reached('send', 1);
    deadHub.letGo();
    await its.lanes.drained();
    expect(delivery?.outcomes).toEqual(['rejected']);
  });

  test('that comes while another is under way follows it', async () => {
    const its = world(['0']);
    its.destination.script.send = ['hang'];
    deliver(its, '1');
    await its.destination.reached('send', 1);
    const uses = [
      ['0', '1'],
      ['0', '1', '2'],
    ].map((ids) => its.lanes.use(its.destination, ids));
    await turn();
    its.destination.letGo();
    await Promise.all(uses);
    expect(its.observer.moves).toEqual([
      [1, 2],
      [2, 3],
    ]);
  });

  test('is not made for what a connection says that is not in use any more', async () => {
    const its = world(['0', '1']);
    await its.lanes.drained();
    its.destination.script.open = ['hang'];
    its.destination.script.send = [refusedForNow()];
    deliver(its, '1');
    await its.destination.reached('open', 2);
    const other = new ScriptedDestination(['0', '1', '2']);
    await its.lanes.use(other, other.partitionIds);
    its.destination.letGo();
    await turn();
    expect(its.observer.moves).toEqual([[2, 3]]);
  });

  test('is no move where the partitions are the same', async () => {
    const its = world(['0', '1']);
    await its.lanes.drained();
    await its.lanes.use(its.destination, ['0', '1']);
    expect(its.observer.moves).toEqual([]);
  });

  test('is drained only when the new lanes are', async () => {
    const its = world(['0']);
    its.destination.script.send = ['hang', 'hang'];
    deliver(its, '1');
    await its.destination.reached('send', 1);
    const [queued] = deliver(its, '1');
    const drained = its.lanes.drained();
    const use = its.lanes.use(its.destination, ['0', '1']);
    its.destination.partitionIds = ['0', '1'];
    its.destination.letGo();
    await use;
    await its.destination.reached('send', 2);
    its.destination.letGo();
    await drained;
    expect(queued?.outcomes).toEqual(['delivered']);
  });
});
