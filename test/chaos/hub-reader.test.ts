import { EventHubProducerClient } from '@azure/event-hubs';
import { expect, it, onTestFinished } from 'vitest';
import { HubReader } from '../../scripts/chaos/hub-reader.js';
import { LocalEventHubs } from '../simulators/azure-event-hubs/local-event-hubs.js';
import { waitUntil } from '../support/wait.js';

const HUB = 'events';

interface Scene {
  readonly hubs: LocalEventHubs;
  readonly reader: HubReader;
  /** What was read. */
  readonly bodies: string[];
  /** Sends one event for each partition. */
  readonly send: (text: string) => Promise<void>;
}

async function startScene(partitionCount: number): Promise<Scene> {
  const hubs = await LocalEventHubs.start({ hubs: [{ name: HUB, partitionCount }] });
  const bodies: string[] = [];
  const reader = new HubReader({
    eventHubs: hubs,
    connectionString: hubs.connectionString(),
    hubName: HUB,
    onEvent: ({ body, partitionId }) => bodies.push(`${body.toString()} in ${partitionId}`),
  });
  onTestFinished(async () => {
    await reader.close();
    await hubs.stop();
  });
  const send = async (text: string): Promise<void> => {
    const producer = new EventHubProducerClient(hubs.connectionString({ hub: HUB }));
    for (const partitionId of hubs.hub(HUB).partitionIds) {
      await producer.sendBatch([{ body: Buffer.from(text) }], { partitionId });
    }
    await producer.close();
  };
  reader.begin();
  return { hubs, reader, bodies, send };
}

it('reads each event once, also when the hub was away meanwhile', async () => {
  const { hubs, reader, bodies, send } = await startScene(2);
  await send('first');
  await waitUntil('the first are read', () => reader.hasReadAll && bodies.length === 2);
  await hubs.faults.pauseListening();
  await hubs.faults.resumeListening();
  await send('second');
  expect(reader.hasReadAll).toBe(false);
  await waitUntil('the second are read', () => reader.hasReadAll);
  expect(bodies.toSorted()).toEqual(['first in 0', 'first in 1', 'second in 0', 'second in 1']);
});

it('follows a hub that is made again with other partitions, and reads it from the beginning', async () => {
  const { hubs, reader, bodies, send } = await startScene(1);
  await send('before');
  await waitUntil('it is read', () => reader.hasReadAll && bodies.length === 1);
  reader.end();
  hubs.removeHub(HUB);
  expect(reader.hasReadAll).toBe(true);
  hubs.addHub({ name: HUB, partitionCount: 2 });
  await send('after');
  reader.begin();
  expect(reader.hasReadAll).toBe(false);
  await waitUntil('the new hub is read', () => reader.hasReadAll);
  expect(bodies.toSorted()).toEqual(['after in 0', 'after in 1', 'before in 0']);
});
