import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { LocalEventHubs } from './local-event-hubs.js';
import { bodies, consumer, producer, read, startHubs } from './sdk-clients.js';
import type { StoredEvent } from './stored-event.js';

let dataDir = '';

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'event-hubs-data-'));
});

afterEach(() => {
  rmSync(dataDir, { recursive: true, force: true });
});

const hubs = [{ name: 'telemetry', partitionCount: 1 }];

function start(retentionMs = 60_000): Promise<LocalEventHubs> {
  return startHubs({ hubs, dataDir, retentionMs });
}

function stored(namespace: LocalEventHubs): readonly StoredEvent[] {
  return namespace.hub('telemetry').partition('0').events();
}

function shapes(events: readonly StoredEvent[]): unknown[] {
  return events.map(({ sequenceNumber, offset, enqueuedTimeMs, partitionKey, encoded }) => {
    return { sequenceNumber, offset, enqueuedTimeMs, partitionKey, encoded: encoded.toString('hex') };
  });
}

/** The only file there is: the log of the only partition. */
function logFile(): string {
  const [folder = ''] = readdirSync(dataDir);
  return join(dataDir, folder, '0.log');
}

async function send(
  namespace: LocalEventHubs,
  texts: readonly string[],
  partitionKey?: string,
): Promise<void> {
  const client = producer(namespace.connectionString({ hub: 'telemetry' }));
  const options = partitionKey === undefined ? {} : { partitionKey };
  await client.sendBatch(
    texts.map((body) => ({ body })),
    options,
  );
}

test('events come back with their numbers, offsets, times and keys, and numbering goes on', async () => {
  const first = await start();
  await send(first, ['one', 'two'], 'key ü');
  await send(first, ['three']);
  const before = shapes(stored(first));
  await first.stop();
  const second = await start();
  expect(shapes(stored(second))).toEqual(before);
  await send(second, ['four']);
  const reading = read(consumer(second.connectionString({ hub: 'telemetry' })), '0', { sequenceNumber: 0 });
  await vi.waitFor(() => expect(bodies(reading.events)).toEqual(['two', 'three', 'four']));
  expect(stored(second).map((event) => event.sequenceNumber)).toEqual([0, 1, 2, 3]);
});

test('what is acknowledged is in the file, without waiting for a stop', async () => {
  const namespace = await start();
  await send(namespace, ['at once']);
  expect(readFileSync(logFile()).includes('at once')).toBe(true);
});

test('a batch whose record is cut at any byte is gone as a whole, and the number is given anew', async () => {
  const first = await start();
  await send(first, ['kept']);
  const good = statSync(logFile()).size;
  await send(first, ['torn', 'with it']);
  await first.stop();
  const whole = readFileSync(logFile());
  for (let size = good; size < whole.length; size += 7) {
    writeFileSync(logFile(), whole.subarray(0, size));
    const second = await start();
    expect(stored(second).map((event) => event.body.toString())).toEqual(['"kept"']);
    expect(second.hub('telemetry').partition('0').lastSequenceNumber).toBe(0);
    await second.stop();
  }
});

test('expired events leave the file at the next start, and numbering still goes on', async () => {
  const first = await start();
  await send(first, ['x'.repeat(10_000)]);
  await send(first, ['last']);
  await first.stop();
  await new Promise((resolve) => setTimeout(resolve, 30));
  const second = await start(10);
  expect(statSync(logFile()).size).toBeLessThan(1000);
  expect(stored(second)).toEqual([]);
  await send(second, ['next']);
  expect(second.hub('telemetry').partition('0').lastSequenceNumber).toBe(2);
});

test('a hub that is removed takes its file with it, whatever its name', async () => {
  const name = '../Tele/../metry';
  const namespace = await startHubs({ hubs: [{ name, partitionCount: 1 }], dataDir });
  expect(readdirSync(dataDir)).toHaveLength(1);
  namespace.removeHub(name);
  expect(readdirSync(dataDir)).toEqual([]);
  expect(existsSync(dataDir)).toBe(true);
});
