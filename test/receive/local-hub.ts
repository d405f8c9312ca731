/** A local hub with events that are told apart, and readers of it, for the tests of this folder. */
import { setTimeout as delay } from 'node:timers/promises';
import { type EventData, EventHubProducerClient, type ReceivedEventData } from '@azure/event-hubs';
import { onTestFinished } from 'vitest';
import { parseConnectionString } from '../../src/destinations/azure-event-hubs/connection-string.js';
import type { ReadingOptions } from '../../src/receive/options.js';
import { Reading } from '../../src/receive/reading.js';
import {
  LocalEventHubs,
  type LocalEventHubsOptions,
} from '../simulators/azure-event-hubs/local-event-hubs.js';

export const HUB = 'telemetry';
const PER_BATCH = 25;
/** A steady load, not as much as the machine can do. */
const PACE_MS = 5;

/** Has something closed at the test's end; tests that run at the same time have one each. */
export type AtEnd = (close: () => Promise<void>) => void;

/** Copies look after each other far more often than outside tests. */
export const QUICK_SHARING = { balanceMs: 200, expiryMs: 1500 };

/** See the head of this file. Everything is closed at the test's end. */
export class LocalHub {
  readonly eventHubs: LocalEventHubs;
  #producer: EventHubProducerClient;
  readonly #partitionIds: readonly string[];
  #sent = 0;

  private constructor(eventHubs: LocalEventHubs) {
    this.eventHubs = eventHubs;
    this.#partitionIds = eventHubs.hub(HUB).partitionIds;
    this.#producer = this.#createProducer();
  }

  /** Starts a namespace with one hub. */
  static async start(
    options: Partial<LocalEventHubsOptions> = {},
    partitionCount = 2,
    atEnd: AtEnd = onTestFinished,
  ): Promise<LocalHub> {
    const hubs = [{ name: HUB, partitionCount }];
    const hub = new LocalHub(await LocalEventHubs.start({ hubs, ...options }));
    atEnd(async () => {
      await hub.#producer.close();
      await hub.eventHubs.stop();
    });
    return hub;
  }

  /** Has a fault strike readers, and sends on over a new connection: a send that is struck would take a minute. */
  async strikeReaders(fault: (faults: LocalEventHubs['faults']) => void): Promise<void> {
    await this.#producer.close();
    fault(this.eventHubs.faults);
    this.#producer = this.#createProducer();
  }

  /** How many events are in the hub. */
  get stored(): number {
    return this.eventHubs.hub(HUB).eventCount;
  }

  /** The sequence number of the newest event of a partition. */
  lastIn(partitionId: string): number {
    return this.eventHubs.hub(HUB).partition(partitionId).lastSequenceNumber;
  }

  /** Sends one event. */
  async sendOne(event: EventData, partitionId = '0'): Promise<void> {
    await this.#producer.sendBatch([event], { partitionId });
  }

  /** Sends numbered events, to all partitions in turn. */
  async send(count: number): Promise<void> {
    for (let left = count; left > 0; left -= PER_BATCH) {
      const partitionId = this.#partitionIds[Math.floor(this.#sent / PER_BATCH) % this.#partitionIds.length];
      const events = Array.from({ length: Math.min(left, PER_BATCH) }, () => this.#next());
      await this.#producer.sendBatch(events, { partitionId: partitionId ?? '0' });
    }
  }

  /** Sends without end; the returned function ends it, when the last event is in the hub. */
  sendOn(): () => Promise<void> {
    let isOver = false;
    const sending = (async () => {
      while (!isOver) {
        await this.send(PER_BATCH);
        await delay(PACE_MS);
      }
    })();
    return () => {
      isOver = true;
      return sending;
    };
  }

  /** Options that read everything from the beginning. */
  options(changes: Partial<ReadingOptions> = {}): ReadingOptions {
    return {
      connection: parseConnectionString(this.eventHubs.connectionString()),
      hubName: HUB,
      consumerGroup: '$Default',
      transport: 'amqp',
      from: { kind: 'earliest' },
      partitionIds: [],
      max: Number.POSITIVE_INFINITY,
      filter: { tenant: [], api: [], source: [] },
      isUnique: false,
      rememberedIds: 0,
      checkpoints: undefined,
      checkpointEveryMs: 100,
      sharing: QUICK_SHARING,
      ...changes,
    };
  }

  #createProducer(): EventHubProducerClient {
    return new EventHubProducerClient(this.eventHubs.connectionString({ hub: HUB }));
  }

  #next(): EventData {
    const id = String(this.#sent++);
    return { body: Buffer.from(id), messageId: id };
  }
}

/** A reader that collects. */
export class Collected {
  readonly events: readonly ReceivedEventData[];
  /** `<partition>/<sequence number>` of each event. */
  readonly places: readonly string[];
  readonly notices: readonly string[];
  readonly reading: Reading;
  readonly #stop = new AbortController();
  readonly #ended: Promise<unknown>;

  private constructor(
    reading: Reading,
    into: Pick<Collected, 'events' | 'places' | 'notices'>,
    atEnd: AtEnd,
  ) {
    this.events = into.events;
    this.places = into.places;
    this.notices = into.notices;
    this.reading = reading;
    this.#ended = reading.run(this.#stop.signal);
    this.#ended.catch(() => undefined);
    atEnd(() => this.stop().catch(() => undefined));
  }

  /** Opens a hub and begins to read. */
  static async start(options: ReadingOptions, atEnd: AtEnd = onTestFinished): Promise<Collected> {
    const into = { events: [] as ReceivedEventData[], places: [] as string[], notices: [] as string[] };
    const output = {
      show: (event: ReceivedEventData, partitionId: string) => {
        into.events.push(event);
        into.places.push(`${partitionId}/${event.sequenceNumber}`);
      },
      flush: () => Promise.resolve(),
      notice: (text: string) => into.notices.push(text),
    };
    const reading = await Reading.open(options, output, new AbortController().signal);
    return new Collected(reading, into, atEnd);
  }

  /** The ids of the events, in the order in which they came. */
  get ids(): readonly string[] {
    return this.events.map(({ messageId }) => String(messageId));
  }

  /** Rejects with what ended the reading, or resolves when it ended well. */
  async ended(): Promise<void> {
    await this.#ended;
  }

  /** Ends it as Ctrl-C does. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }
}
