import { expect, it, vi } from 'vitest';
import { parseConnectionString } from '../../src/destinations/azure-event-hubs/connection-string.js';
import { FiguresText } from '../../src/receive/figures.js';
import { parseFrom } from '../../src/receive/start-position.js';
import { selfSignedCertificate } from '../simulators/azure-event-hubs/self-signed-certificate.js';
import { waitUntil } from '../support/wait.js';
import { Collected, HUB, LocalHub } from './local-hub.js';

it('reads all partitions from the earliest event on', async () => {
  const hub = await LocalHub.start();
  await hub.send(300);
  const reader = await Collected.start(hub.options());
  await waitUntil('all is read', () => reader.places.length >= 300);
  expect(new Set(reader.ids).size).toBe(300);
});

it('reads from the latest event on, and misses nothing when the connection is lost before the first one', async () => {
  const hub = await LocalHub.start();
  await hub.send(100);
  const reader = await Collected.start(hub.options({ from: { kind: 'latest' } }));
  await waitUntil('it reads', () => hub.eventHubs.receiverLinks() >= 2);
  await hub.strikeReaders((faults) => faults.cutConnections());
  await hub.send(100);
  await waitUntil('the rest is read', () => reader.places.length >= 100);
  expect([...reader.ids].sort()).toEqual(Array.from({ length: 100 }, (_, at) => String(100 + at)).sort());
});

it('reads each event once when connections and links are lost under load', async () => {
  const hub = await LocalHub.start();
  await hub.send(100);
  const reader = await Collected.start(hub.options());
  await waitUntil('it reads', () => reader.places.length > 0);
  await hub.strikeReaders((faults) => faults.cutConnections());
  await hub.send(400);
  await waitUntil('it reads again', () => reader.places.length > 100);
  await hub.strikeReaders((faults) => faults.detachLinks());
  await hub.send(400);
  await waitUntil('all is read', () => reader.places.length >= 900);
  expect(new Set(reader.places).size).toBe(900);
  expect(reader.places).toHaveLength(900);
});

it('reads from a sequence number, an offset or a time on, with the event that it names', async () => {
  const hub = await LocalHub.start();
  for (const messageId of ['a', 'b', 'c', 'd']) {
    await hub.sendOne({ body: messageId, messageId });
    // Each in a millisecond of its own.
    const stored = Date.now();
    await waitUntil('the clock has moved on', () => Date.now() > stored + 1);
  }
  const events = hub.eventHubs.hub(HUB).partition('0').events();
  const [, , third] = events;
  const time = new Date(third?.enqueuedTimeMs ?? 0).toISOString();
  for (const from of ['sequence:2', `offset:${third?.offset}`, time]) {
    const reader = await Collected.start(hub.options({ from: parseFrom(from), partitionIds: ['0'] }));
    await waitUntil(`${from} is read`, () => reader.ids.length >= 2);
    expect(reader.ids, from).toEqual(['c', 'd']);
    await reader.stop();
  }
});

it('reads only the partitions that were named', async () => {
  const hub = await LocalHub.start();
  await hub.send(100);
  const reader = await Collected.start(hub.options({ partitionIds: ['1'] }));
  await waitUntil('they are read', () => reader.places.length >= 50);
  expect(new Set(reader.places.map((place) => place.split('/')[0]))).toEqual(new Set(['1']));
});

it('shows only the events that match every filter', async () => {
  const hub = await LocalHub.start();
  const send = (messageId: string, tenant: string, api: string, source: string): Promise<void> =>
    hub.sendOne({ body: 1, messageId, properties: { tenant, api, source } });
  await send('1', 't1', 'events', '111');
  await send('2', 't1', 'alarms', '111');
  await send('3', 't2', 'events', '111');
  await send('4', 't1', 'events', '222');
  await hub.sendOne({ body: 1, messageId: '5' });
  await send('6', 't1', 'measurements', '111');
  const filter = { tenant: ['t1'], api: ['events', 'measurements'], source: ['111'] };
  const reader = await Collected.start(hub.options({ filter, max: 2 }));
  await reader.ended();
  expect(reader.ids).toEqual(['1', '6']);
});

it('ends by itself after as many events as were asked for', async () => {
  const hub = await LocalHub.start();
  await hub.send(200);
  const reader = await Collected.start(hub.options({ max: 30 }));
  await reader.ended();
  expect(reader.places).toHaveLength(30);
});

it('counts repeats by messageId, and leaves them out when asked to', async () => {
  const hub = await LocalHub.start();
  for (const messageId of ['a', 'b', 'a', 'c', 'a']) await hub.sendOne({ body: 1, messageId });
  const counting = await Collected.start(hub.options({ rememberedIds: 100 }));
  await waitUntil('all is read', () => counting.reading.counts.read === 5);
  expect(counting.ids).toEqual(['a', 'b', 'a', 'c', 'a']);
  expect(counting.reading.counts).toEqual({ read: 5, shown: 5, repeats: 2 });
  const unique = await Collected.start(hub.options({ rememberedIds: 100, isUnique: true }));
  await waitUntil('all is read', () => unique.reading.counts.read === 5);
  expect(unique.ids).toEqual(['a', 'b', 'c']);
});

it('knows the lag of each partition', async () => {
  const hub = await LocalHub.start();
  await hub.send(100);
  const reader = await Collected.start(hub.options());
  const figures = () => reader.reading.figures(new AbortController().signal);
  await waitUntil('there is no lag', async () => {
    const now = await figures();
    return now.length === 2 && now.every(({ lag }) => lag === 0);
  });
  const line = new FiguresText().line({ read: 100, shown: 90, repeats: 3 }, await figures());
  expect(line).toMatch(/^[\d,]+ events\/s {2}read 100 {2}shown 90 {2}repeats 3 {2}lag 0 {2}/);
  expect(line).toContain('lag by partition 0:0 1:0');
});

it('reads over WebSocket', async () => {
  // The SDK takes no certificate authority of its own; this is the only way to have it trust one made on the spot.
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  const hub = await LocalHub.start({ tls: selfSignedCertificate() });
  await hub.send(10);
  const connection = parseConnectionString(hub.eventHubs.connectionString({ webSocket: true }));
  const reader = await Collected.start(hub.options({ connection, transport: 'websocket', max: 10 }));
  await reader.ended();
  expect(reader.places).toHaveLength(10);
});
