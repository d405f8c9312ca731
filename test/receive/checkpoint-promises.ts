/** What checkpoints promise, wherever they are kept. */
import { expect, it } from 'vitest';
import type { CheckpointPlace } from '../../src/receive/options.js';
import { waitUntil } from '../support/wait.js';
import { storedCheckpoints } from './checkpoint-places.js';
import { Copy } from './copies.js';
import { type AtEnd, Collected, HUB, LocalHub } from './local-hub.js';

const PARTITIONS = 4;

/** Every place in the hub. */
function allPlaces(hub: LocalHub): readonly string[] {
  const local = hub.eventHubs.hub(HUB);
  return local.partitionIds.flatMap((partitionId) =>
    Array.from(
      { length: local.partition(partitionId).lastSequenceNumber + 1 },
      (_, at) => `${partitionId}/${at}`,
    ),
  );
}

function sorted(places: readonly string[]): readonly string[] {
  return [...places].sort();
}

/** The first sequence number that was read of each partition. */
function firsts(places: readonly string[]): Readonly<Record<string, number>> {
  const first: Record<string, number> = {};
  for (const place of places) {
    const [partitionId = '', sequenceNumber] = place.split('/');
    first[partitionId] ??= Number(sequenceNumber);
  }
  return first;
}

/** Makes a place that nobody else uses. */
export type MakePlace = (atEnd: AtEnd) => CheckpointPlace | Promise<CheckpointPlace>;

/**
 * Defines the tests.
 * @param makePlace where the checkpoints are kept
 */
export function describeCheckpoints(makePlace: MakePlace): void {
  describeGoingOn(makePlace);
  describeLatest(makePlace);
  describeSharing(makePlace);
}

function describeGoingOn(makePlace: MakePlace): void {
  it.concurrent('let a reader that was stopped under load go on: nothing is missed, nothing read twice', async ({
    onTestFinished: atEnd,
  }) => {
    const hub = await LocalHub.start({}, PARTITIONS, atEnd);
    const options = hub.options({ checkpoints: await makePlace(atEnd) });
    const stopSending = hub.sendOn();
    const first = await Collected.start(options, atEnd);
    await waitUntil('the first has read', () => first.places.length > 200);
    await first.stop();
    const second = await Collected.start(options, atEnd);
    await waitUntil('the second has read', () => second.places.length > 200);
    await second.stop();
    await stopSending();
    const third = await Collected.start(options, atEnd);
    const read = (): string[] => [...first.places, ...second.places, ...third.places];
    await waitUntil('everything is read', () => read().length >= hub.stored);
    await third.stop();
    expect(sorted(read())).toEqual(sorted(allPlaces(hub)));
  });

  it.concurrent('let a reader that was killed under load go on right behind its last checkpoint', async ({
    onTestFinished: atEnd,
  }) => {
    const hub = await LocalHub.start({}, PARTITIONS, atEnd);
    const place = await makePlace(atEnd);
    const options = hub.options({ checkpoints: place });
    const stopSending = hub.sendOn();
    const killed = new Copy(options, atEnd);
    await waitUntil('it has written checkpoints', async () => {
      const all = killed.places.length > 200 ? await storedCheckpoints(place) : [];
      return all.length === PARTITIONS && all.every(({ sequenceNumber }) => sequenceNumber > 25);
    });
    await killed.kill();
    const stored = await storedCheckpoints(place);
    await stopSending();
    const next = await Collected.start(options, atEnd);
    // Also what the one before had shown and not noted: that all is read together says nothing of the second.
    await waitUntil(
      'everything behind the checkpoints is read',
      () => next.places.length >= behind(stored, hub),
    );
    await next.stop();
    expect(new Set([...killed.places, ...next.places]).size).toBe(hub.stored);
    expect(firsts(next.places)).toEqual(firstsBehind(stored, hub));
    expect(new Set(next.places).size).toBe(next.places.length);
  });
}

function describeLatest(makePlace: MakePlace): void {
  it.concurrent('keep "latest" from the first start on, even when nothing was read before the end', async ({
    onTestFinished: atEnd,
  }) => {
    const hub = await LocalHub.start({}, PARTITIONS, atEnd);
    await hub.send(100);
    const options = hub.options({ checkpoints: await makePlace(atEnd), from: { kind: 'latest' } });
    const first = await Collected.start(options, atEnd);
    await waitUntil('it has all partitions', async () => (await ours(first)).length === PARTITIONS);
    await first.stop();
    await hub.send(100);
    const second = await Collected.start(options, atEnd);
    await waitUntil('what came meanwhile is read', () => second.places.length >= 100);
    expect(first.places).toEqual([]);
    expect(second.places).toHaveLength(100);
  });
}

function describeSharing(makePlace: MakePlace): void {
  it.concurrent('let two copies share the partitions and read everything together', async ({
    onTestFinished: atEnd,
  }) => {
    const hub = await LocalHub.start({}, PARTITIONS, atEnd);
    const options = hub.options({ checkpoints: await makePlace(atEnd) });
    const one = await Collected.start(options, atEnd);
    await waitUntil('the first has all partitions', async () => (await ours(one)).length === PARTITIONS);
    const other = await Collected.start(options, atEnd);
    await waitUntil(
      'each has two',
      async () => (await ours(one)).length === 2 && (await ours(other)).length === 2,
    );
    await hub.send(1000);
    const read = (): string[] => [...one.places, ...other.places];
    await waitUntil('everything is read', () => read().length >= 1000);
    expect(sorted(read())).toEqual(sorted(allPlaces(hub)));
    expect(Math.min(one.places.length, other.places.length)).toBeGreaterThan(0);
    await one.stop();
    await waitUntil('the other has all', async () => (await ours(other)).length === PARTITIONS);
    await hub.send(200);
    await waitUntil('the rest is read', () => read().length >= 1200);
    expect(sorted(read())).toEqual(sorted(allPlaces(hub)));
  });
}

/** The partitions that a copy reads. */
async function ours({ reading }: Collected): Promise<readonly string[]> {
  const figures = await reading.figures(new AbortController().signal);
  return figures.map(({ partitionId }) => partitionId);
}

type Stored = readonly { readonly partitionId: string; readonly sequenceNumber: number }[];

/** How many events there are behind the checkpoints. */
function behind(stored: Stored, hub: LocalHub): number {
  return stored.reduce(
    (sum, { partitionId, sequenceNumber }) => sum + hub.lastIn(partitionId) - sequenceNumber,
    0,
  );
}

/** The first event behind each checkpoint. Where everything was read, there is none. */
function firstsBehind(stored: Stored, hub: LocalHub): Record<string, number> {
  const places = stored
    .filter(({ partitionId, sequenceNumber }) => sequenceNumber < hub.lastIn(partitionId))
    .map(({ partitionId, sequenceNumber }) => [partitionId, sequenceNumber + 1]);
  return Object.fromEntries(places);
}
