import { describe, expect, test } from 'vitest';
import { DeadLetters, type DeadLetterTiming } from '../../src/delivery/dead-letters.js';
import { Lane } from '../../src/delivery/lane.js';
import { Replacements } from '../../src/delivery/replacements.js';
import { ScriptedDelivery, ScriptedObserver } from '../support/scripted-delivery.js';
import { refusedForGood, refusedForNow, ScriptedDestination } from '../support/scripted-destination.js';

const HOUR_MS = 3_600_000;
const PATIENT: DeadLetterTiming = { attemptMs: HOUR_MS, backoff: { firstMs: 0, longestMs: 0 } };

interface World {
  readonly hub: ScriptedDestination;
  readonly deadHub: ScriptedDestination;
  readonly deadLetters: DeadLetters;
  readonly observer: ScriptedObserver;
  readonly lane: Lane;
  /** How often the dead-letter hub was connected to. */
  connections: number;
}

/** A hub that refuses every event whose id begins with "bad", beside a dead-letter hub with two partitions. */
function world(timing = PATIENT): World {
  const hub = new ScriptedDestination();
  hub.answerSend = (events) =>
    events.some(({ messageId, properties }) => messageId.startsWith('bad') && !('rejected' in properties))
      ? refusedForGood()
      : 'ok';
  const deadHub = new ScriptedDestination(['d0', 'd1']);
  const connect = (): ScriptedDestination => {
    its.connections++;
    return deadHub;
  };
  const deadLetters = new DeadLetters({ hubName: 'dead', rejectedBy: 'main', connect, timing });
  const observer = new ScriptedObserver();
  const backoff = { firstMs: HOUR_MS, longestMs: HOUR_MS };
  const replacements = new Replacements({ deadLetters });
  const lane = new Lane({ partitionId: '0', destination: hub, observer, backoff, replacements });
  const its: World = { hub, deadHub, deadLetters, observer, lane, connections: 0 };
  return its;
}

function enqueue({ lane }: World, ...ids: readonly string[]): readonly ScriptedDelivery[] {
  const deliveries = ids.map((id) => new ScriptedDelivery(id, '3'));
  for (const delivery of deliveries) lane.enqueue(delivery);
  return deliveries;
}

function pointer(
  { hub }: World,
  id: string,
): { body: unknown; properties: Readonly<Record<string, string>> } {
  const { event } = hub.accepted.find((each) => each.event.messageId === id) ?? {};
  return { body: JSON.parse(event?.body.toString() ?? 'null'), properties: event?.properties ?? {} };
}

describe('a rejected event', () => {
  test('goes whole to the dead-letter hub, with the reason, and its pointer names that hub', async () => {
    const its = world();
    const [before, bad, after] = enqueue(its, 'a', 'bad', 'b');
    await its.lane.drained();
    expect(its.deadHub.accepted).toEqual([
      {
        partitionId: 'd1',
        event: {
          ...bad?.event,
          properties: { ...bad?.event.properties, rejected: 'ArgumentError', rejectedBy: 'main' },
        },
      },
    ]);
    expect(pointer(its, 'bad')).toMatchObject({
      body: { rejected: { reason: 'ArgumentError', deadLetterHub: 'dead' } },
      properties: { rejected: 'ArgumentError', deadLetterHub: 'dead' },
    });
    expect(its.hub.firstCopies).toEqual(['a', 'bad', 'b']);
    expect([before, bad, after].map((each) => each?.outcomes)).toEqual([
      ['delivered'],
      ['rejected'],
      ['delivered'],
    ]);
  });

  test('is settled only when both hubs have accepted what is theirs', async () => {
    const its = world();
    its.deadHub.script.send = ['hang'];
    const [bad] = enqueue(its, 'bad');
    await its.deadHub.reached('send', 1);
    expect(its.lane.state).toBe('replacing');
    expect(its.hub.count('send')).toBe(1);
    its.hub.script.send = ['hang'];
    its.deadHub.letGo();
    await its.hub.reached('send', 2);
    expect(its.deadHub.accepted).toHaveLength(1);
    expect(bad?.outcomes).toEqual([]);
    its.hub.letGo();
    await its.lane.drained();
    expect(bad?.outcomes).toEqual(['rejected']);
  });

  test('leaves only a pointer that says so where the dead-letter hub fails, after one attempt', async () => {
    const its = world();
    its.deadHub.script.send = [refusedForNow('ServerBusyError', HOUR_MS)];
    const [bad, next] = enqueue(its, 'bad', 'next');
    await its.lane.drained();
    expect(its.deadHub.count('send')).toBe(1);
    expect(pointer(its, 'bad')).toMatchObject({
      body: { rejected: { reason: 'ArgumentError', deadLetterFailure: 'ServerBusyError' } },
      properties: { rejected: 'ArgumentError', deadLetterFailure: 'ServerBusyError' },
    });
    expect([bad?.outcomes, next?.outcomes]).toEqual([['rejected'], ['delivered']]);
    expect(its.observer.failures).toEqual([]);
  });

  test('is with the dead-letter hub once, however often its pointer event is refused', async () => {
    const its = world();
    const backoff = { firstMs: 0, longestMs: 0 };
    const lane = new Lane({
      partitionId: '0',
      destination: its.hub,
      observer: its.observer,
      backoff,
      replacements: new Replacements({ deadLetters: its.deadLetters }),
    });
    its.hub.script.send = [refusedForGood(), refusedForGood(), refusedForNow(), refusedForGood()];
    lane.enqueue(new ScriptedDelivery('bad'));
    await lane.drained();
    expect(its.deadHub.accepted).toHaveLength(1);
    expect(its.hub.count('send')).toBe(5);
  });

  test('leaves only a pointer where it is too large for the dead-letter hub, too', async () => {
    const its = world();
    its.deadHub.room = () => false;
    enqueue(its, 'bad');
    await its.lane.drained();
    expect(its.deadHub.count('send')).toBe(0);
    expect(pointer(its, 'bad').properties).not.toHaveProperty('deadLetterFailure');
    expect(pointer(its, 'bad').properties).not.toHaveProperty('deadLetterHub');
  });

  test('does not wait for a dead-letter hub that does not answer', async () => {
    const its = world({ ...PATIENT, attemptMs: 1 });
    its.deadHub.script.open = ['hang'];
    enqueue(its, 'bad');
    await its.lane.drained();
    expect(pointer(its, 'bad').properties).toMatchObject({ deadLetterFailure: 'ETIMEDOUT' });
  });

  test('is abandoned when the lane is aborted while it is with the dead-letter hub', async () => {
    const its = world();
    its.deadHub.script.send = ['hang'];
    const [bad] = enqueue(its, 'bad');
    await its.deadHub.reached('send', 1);
    its.lane.abort();
    await its.lane.drained();
    expect(bad?.outcomes).toEqual(['abandoned']);
    expect(its.hub.count('send')).toBe(1);
    // The hub was not asked in vain: the next lane of this route may try at once.
    await its.deadLetters.put(bad?.event ?? expect.fail(), 'r', new AbortController().signal);
    expect(its.deadHub.count('send')).toBe(2);
  });
});

describe('the dead-letter hub', () => {
  test('is not connected to as long as nothing is rejected, and once for all that is', async () => {
    const its = world();
    enqueue(its, 'a', 'b');
    await its.lane.drained();
    expect(its.connections).toBe(0);
    enqueue(its, 'bad 1', 'bad 2');
    await its.lane.drained();
    expect([its.connections, its.deadHub.count('open')]).toEqual([1, 1]);
  });

  test('is left alone for a while after a failure, and no event waits for it meanwhile', async () => {
    const its = world({ attemptMs: HOUR_MS, backoff: { firstMs: HOUR_MS, longestMs: HOUR_MS } });
    its.deadHub.script.open = [refusedForNow('MessagingEntityNotFoundError')];
    const deliveries = enqueue(its, 'bad 1', 'bad 2', 'bad 3');
    await its.lane.drained();
    expect(its.deadHub.count('open')).toBe(1);
    for (const { event, outcomes } of deliveries) {
      expect(outcomes).toEqual(['rejected']);
      expect(pointer(its, event.messageId).properties).toMatchObject({
        deadLetterFailure: 'MessagingEntityNotFoundError',
      });
    }
  });

  test('is tried at once with other credentials, however long it was to be left alone', async () => {
    const its = world({ attemptMs: HOUR_MS, backoff: { firstMs: HOUR_MS, longestMs: HOUR_MS } });
    its.deadHub.script.open = [refusedForNow('UnauthorizedError')];
    enqueue(its, 'bad 1');
    await its.lane.drained();
    const other = new ScriptedDestination();
    await its.deadLetters.use(() => other);
    enqueue(its, 'bad 2');
    await its.lane.drained();
    expect(other.firstCopies).toEqual(['bad 2']);
  });

  test('is asked for its partitions anew after a failure', async () => {
    const its = world();
    enqueue(its, 'bad 1');
    await its.lane.drained();
    its.deadHub.partitionIds = ['d0'];
    enqueue(its, 'bad 2');
    await its.lane.drained();
    // Nothing is tried again before nine times as long has passed as the failure took.
    await expect
      .poll(async () => {
        enqueue(its, `bad ${its.deadHub.count('open')}`);
        await its.lane.drained();
        return its.deadHub.accepted.at(-1)?.partitionId;
      })
      .toBe('d0');
  });

  test('that refuses one event for good is tried with the next', async () => {
    const its = world({ attemptMs: HOUR_MS, backoff: { firstMs: HOUR_MS, longestMs: HOUR_MS } });
    its.deadHub.script.send = [refusedForGood()];
    enqueue(its, 'bad 1', 'bad 2');
    await its.lane.drained();
    expect(its.deadHub.firstCopies).toEqual(['bad 2']);
  });

  test('is connected to anew with other credentials, when what is under way has ended', async () => {
    const its = world();
    its.deadHub.script.send = ['hang'];
    enqueue(its, 'bad 1');
    await its.deadHub.reached('send', 1);
    const other = new ScriptedDestination();
    const used = its.deadLetters.use(() => other);
    expect(its.deadHub.closed).toBe(0);
    its.deadHub.letGo();
    await used;
    expect(its.deadHub.closed).toBe(1);
    await its.lane.drained();
    enqueue(its, 'bad 2');
    await its.lane.drained();
    expect([its.deadHub.firstCopies, other.firstCopies]).toEqual([['bad 1'], ['bad 2']]);
    await its.deadLetters.close();
    expect(other.closed).toBe(1);
  });
});
