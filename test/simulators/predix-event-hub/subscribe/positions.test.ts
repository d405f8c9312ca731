import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { waitUntil } from '../../../support/wait.js';
import { type PredixFixture, startPredix, store, zone } from './subscriber-fixture.js';
import type { TestSubscriber } from './test-subscriber.js';

const acked = { method: 'receiveWithAcks', headers: { subscribername: 'reader' } } as const;

/** Waits until the sum of a name's positions is that of so many messages. */
async function positionsAt(fixture: PredixFixture, count: number): Promise<void> {
  const { positions } = fixture.service.topic(zone);
  const sum = (): number =>
    [0, 1, 2, 3, 4].reduce((total, at) => total + (positions.get('reader', at) ?? 0), 0);
  await waitUntil(`the positions stand at ${count}`, () => sum() === count);
}

async function cancelled(fixture: PredixFixture, subscriber: TestSubscriber): Promise<void> {
  await subscriber.cancel();
  await waitUntil('its place is free', () => fixture.service.openStreams('subscribe') === 0);
}

function dataDir(): string {
  const folder = mkdtempSync(join(tmpdir(), 'predix-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('[seed 234] a new subscriber gets what was pushed in the last 24 hours', async () => {
  const { subscribe, publish } = await startPredix();
  publish(10);
  const subscriber = subscribe(acked);
  await subscriber.received(10);
  expect(subscriber.ids.toSorted()).toEqual(Array.from({ length: 10 }, (_, at) => `m${at}`));
});

test('a new subscriber that wants the newest gets only what comes from now on, at once', async () => {
  const { subscribed, publish } = await startPredix();
  publish(10);
  const subscriber = await subscribed({ headers: { 'offset-newest': 'true' } });
  publish(1, 'later-');
  expect(await subscriber.received(1)).toEqual(['later-0']);
});

test('what comes while a subscriber that wants the newest is away is not lost', async () => {
  const fixture = await startPredix();
  const newest = { headers: { subscribername: 'reader', 'offset-newest': 'true' } };
  fixture.publish(10);
  await cancelled(fixture, await fixture.subscribed(newest));
  fixture.publish(1, 'between-');
  expect(await (await fixture.subscribed(newest)).received(1)).toEqual(['between-0']);
});

test.each(['true', 'false'])(
  'a name with a position goes on there, whatever offset-newest says (%s)',
  async (value) => {
    const fixture = await startPredix();
    fixture.publish(10);
    const first = fixture.subscribe(acked);
    first.ackAll();
    await first.received(10);
    await positionsAt(fixture, 10);
    await cancelled(fixture, first);
    fixture.publish(1, 'between-');
    const second = await fixture.subscribed({ headers: { ...acked.headers, 'offset-newest': value } });
    expect(await second.received(1)).toEqual(['between-0']);
  },
);

test('[seed 237] a subscriber that comes back gets what it has not acknowledged, from the lowest of each partition', async () => {
  const fixture = await startPredix();
  const key = Buffer.from('all in one partition');
  for (const id of ['a', 'b', 'c', 'd']) store(fixture.service.topic(zone), id, Buffer.alloc(0), key);
  const first = fixture.subscribe(acked);
  await first.received(4);
  first.ack(first.messages.filter(({ id }) => id === 'a' || id === 'c'));
  await positionsAt(fixture, 1);
  await cancelled(fixture, first);
  expect(await (await fixture.subscribed(acked)).received(3)).toEqual(['b', 'c', 'd']);
});

test('[seed 237] positions outlive the service', async () => {
  const fixture = await startPredix({ dataDir: dataDir() });
  fixture.publish(10);
  const first = fixture.subscribe(acked);
  await first.received(10);
  first.ack(first.messages.filter(({ id }) => id !== 'm9'));
  await positionsAt(fixture, 9);
  const later = await fixture.restarted();
  later.publish(1, 'later-');
  expect((await (await later.subscribed(acked)).received(2)).toSorted()).toEqual(['later-0', 'm9']);
});

test('the service may be stopped while messages are on their way', async () => {
  const fixture = await startPredix({ dataDir: dataDir() });
  const first = fixture.subscribe(acked);
  first.ackAll();
  await first.hasPlace;
  const second = await fixture.subscribed({
    method: 'subscribe',
    headers: { subscribername: 'batches', metrics: 'true' },
  });
  fixture.publish(500);
  await first.received(10);
  const later = await fixture.restarted();
  expect((await Promise.all([first.ended, second.ended])).map(({ code }) => code)).not.toContain(0);
  const third = await later.subscribed(acked);
  const hasAll = (): boolean => new Set([...first.ids, ...third.ids]).size === 500;
  await waitUntil('nothing is missing', hasAll);
});

test('[seed 9] what is older than retention is never delivered, and stale positions move past it', async () => {
  const hourMs = 3_600_000;
  const fixture = await startPredix({ retentionMs: hourMs });
  fixture.publish(10, 'old-');
  const first = fixture.subscribe(acked);
  await first.received(10);
  await cancelled(fixture, first);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * hourMs });
  onTestFinished(() => void vi.useRealTimers());
  fixture.publish(5, 'new-');
  const second = await fixture.subscribed(acked);
  expect((await second.received(5)).toSorted()).toEqual(['new-0', 'new-1', 'new-2', 'new-3', 'new-4']);
  await positionsAt(fixture, 10);
});
