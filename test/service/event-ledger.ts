/**
 * Which events a tenant's devices sent, and what a reader finds of each in a hub: whole, smaller, or a pointer. Told
 * by the ids that Cumulocity gave to the objects, not by anything that the service made.
 */

import type { StoredEvent } from '../simulators/azure-event-hubs/stored-event.js';
import { unpackedBody } from '../simulators/azure-event-hubs/unpacked-body.js';
import type { Harness } from './harness.js';

/** An event of the hub, as a reader sees it. */
export interface FoundEvent {
  /** Id of the object that it is about. */
  readonly id: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly messageId: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly partitionId: string;
}

/** See the head of this file. */
export class EventLedger {
  readonly #harness: Harness;
  readonly #tenant: string;
  readonly #sent = new Map<string, string[]>();

  constructor(harness: Harness, tenant: string) {
    this.#harness = harness;
    this.#tenant = tenant;
  }

  /** Sends an event of a device; its text fills it up to about so many bytes. */
  async send(device: string, bytes: number, fragments: object = {}): Promise<string> {
    const time = new Date().toISOString();
    const event = { source: { id: device }, type: 'c8y_Log', text: 'x'.repeat(bytes), time, ...fragments };
    const response = await this.#harness.post(this.#tenant, '/event/events', event);
    if (!response.ok) throw new Error(`the local Cumulocity answered ${response.status}`);
    const { id } = (await response.json()) as { id: string };
    this.#sent.set(device, [...(this.#sent.get(device) ?? []), id]);
    return id;
  }

  /** How many events were sent. */
  get count(): number {
    return [...this.#sent.values()].flat().length;
  }

  /** By device, the ids of its events in the order in which they were sent. */
  get sent(): ReadonlyMap<string, readonly string[]> {
    return this.#sent;
  }

  /** Everything of these devices in a hub, partition by partition; the service's own alarms are events, too. */
  found(hubName = this.#tenant): readonly FoundEvent[] {
    const hub = this.#harness.eventHubs.hub(hubName);
    const all = hub.partitionIds.flatMap((partitionId) => {
      const events = hub.partition(partitionId).events();
      return events.map((event) => foundEvent(event, partitionId));
    });
    return all.filter(({ properties }) => this.#sent.has(String(properties['source'])));
  }

  /** By device, the ids of the first copies in the order in which they stand in a hub. */
  foundByDevice(hubName = this.#tenant): ReadonlyMap<string, readonly string[]> {
    const ids = new Map([...this.#sent.keys()].map((device) => [device, new Set<string>()]));
    for (const { id, properties } of this.found(hubName)) ids.get(String(properties['source']))?.add(id);
    return new Map([...ids].map(([device, found]) => [device, [...found]]));
  }
}

function foundEvent(event: StoredEvent, partitionId: string): FoundEvent {
  const { properties } = event;
  const body = JSON.parse(unpackedBody(event).toString()) as FoundEvent['body'];
  const { self } = (body['rejected'] ?? {}) as { self?: string };
  const id = String(body['id'] ?? self?.split('/').at(-1));
  // Over HTTPS there is no place for the id but among the properties.
  const messageId = String(event.messageId ?? properties['messageId']);
  return { id, body, messageId, properties, partitionId };
}
