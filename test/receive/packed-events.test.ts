/** Packed events on their whole way: from the forwarder's connection to what the reader prints. */
import { EventHubProducerClient } from '@azure/event-hubs';
import { expect, it, onTestFinished } from 'vitest';
import { AmqpClient } from '../../src/destinations/azure-event-hubs/amqp.js';
import { NO_AZURE_SETTINGS } from '../../src/destinations/azure-event-hubs/azure-settings.js';
import type { HubCredential } from '../../src/destinations/azure-event-hubs/hub-address.js';
import { compressEvent } from '../../src/mapping/compressed-event.js';
import { jsonLine, shortLine } from '../../src/receive/event-text.js';
import { hubAddress } from '../support/hub-address.js';
import { EVENT, NEVER } from '../support/sample-event.js';
import { waitUntil } from '../support/wait.js';
import { Collected, HUB, LocalHub } from './local-hub.js';

const BODY = Buffer.from(JSON.stringify({ exact: 1, text: 'x'.repeat(500) }).replace('1', '1.10'));

it('a packed event is printed unpacked, and marked', async () => {
  const hub = await LocalHub.start();
  const address = hubAddress(hub.eventHubs.connectionString(), HUB);
  const [credential] = address.credentials as [HubCredential];
  const client = new AmqpClient({ address, credential, isWebSocket: false, settings: NO_AZURE_SETTINGS });
  onTestFinished(() => client.close());
  await client.open(NEVER);
  const packed = await compressEvent({ ...EVENT, body: BODY });
  const batch = await client.createBatch('0', NEVER);
  expect(batch.tryAdd(packed ?? expect.fail())).toBe(true);
  await client.send(batch, NEVER);
  const reader = await Collected.start(hub.options());
  await waitUntil('it is read', () => reader.events.length === 1);

  const [event = expect.fail()] = reader.events;
  expect(jsonLine(event, '0')).toContain(`"body":${BODY}}`);
  expect(shortLine(event, '0', 200)).toContain('[gzip]  {"exact":1.10');
});

it('an event that somebody else has packed, with nothing but AMQP’s own field, is printed unpacked', async () => {
  const hub = await LocalHub.start();
  const packed = (await compressEvent({ ...EVENT, body: BODY })) ?? expect.fail();
  const producer = new EventHubProducerClient(hub.eventHubs.connectionString({ hub: HUB }));
  onTestFinished(() => producer.close());
  const properties = { contentEncoding: 'gzip' };
  await producer.sendBatch([{ body: packed.body, bodyType: 'data', properties }], { partitionId: '0' });
  const reader = await Collected.start(hub.options());
  await waitUntil('it is read', () => reader.events.length === 1);
  expect(jsonLine(reader.events[0] ?? expect.fail(), '0')).toContain(`"body":${BODY}}`);
});
