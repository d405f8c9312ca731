/** A local event hub with events and repeats in it, for the readers in `examples/`. */
import { type EventData, EventHubProducerClient } from '@azure/event-hubs';
import { onTestFinished } from 'vitest';
import { compressEvent } from '../../src/mapping/compressed-event.js';
import type { HubEvent } from '../../src/mapping/hub-event.js';
import { LocalEventHubs } from '../simulators/azure-event-hubs/local-event-hubs.js';

const HUB = 'telemetry';

/** What a reader needs and should find. */
export interface HubToRead {
  /** A policy that may only read. */
  readonly environment: Readonly<Record<string, string>>;
  /** In the order of their partition. */
  readonly first: readonly HubEvent[];
  readonly repeats: number;
}

/**
 * Starts a hub, sends the events with Microsoft's client as the forwarder does, and then the first of them again,
 * once over each way of naming its id: AMQP has a place for it, HTTPS only has properties. The last event is packed.
 */
export async function startHubToRead(events: readonly HubEvent[]): Promise<HubToRead> {
  const hubs = await LocalEventHubs.start({
    hubs: [{ name: HUB, partitionCount: 2 }],
    rules: [
      { name: 'forwarder', key: 'c2VuZA==', rights: ['Send'] },
      { name: 'readers', key: 'cmVhZA==', rights: ['Listen'] },
    ],
  });
  onTestFinished(() => hubs.stop());
  const producer = new EventHubProducerClient(hubs.connectionString({ rule: 'forwarder' }), HUB);
  const send = (event: EventData): Promise<void> => producer.sendBatch([event], { partitionId: '1' });
  for (const event of events.slice(0, -1)) await send(withMessageId(event));
  await send(withMessageId(await packed(events.at(-1))));
  const [repeated] = events as [HubEvent];
  await send(withMessageId(repeated));
  await send(withIdAmongProperties(repeated));
  await producer.close();
  return {
    environment: {
      EVENTHUB_CONNECTION_STRING: hubs.connectionString({ rule: 'readers' }),
      EVENTHUB_NAME: HUB,
      MAX_EVENTS: String(events.length + 2),
    },
    first: events,
    repeats: 2,
  };
}

async function packed(event: HubEvent | undefined): Promise<HubEvent> {
  const result = event && (await compressEvent(event));
  if (result === undefined) throw new Error('the last event cannot be packed');
  return result;
}

/** As over AMQP. */
function withMessageId({ body, contentType, messageId, properties }: HubEvent): EventData {
  return { body, contentType, messageId, properties: { ...properties } };
}

/** As over HTTPS. */
function withIdAmongProperties({ body, messageId, properties }: HubEvent): EventData {
  return { body, properties: { ...properties, messageId } };
}
