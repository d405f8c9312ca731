/** SDK clients against a local Event Hubs, for the tests of this folder. Everything made here is closed after each test. */
import {
  EventHubConsumerClient,
  type EventHubConsumerClientOptions,
  EventHubProducerClient,
  type EventPosition,
  type ReceivedEventData,
  type SubscribeOptions,
} from '@azure/event-hubs';
import { afterEach } from 'vitest';
import { LocalEventHubs, type LocalEventHubsOptions } from './local-event-hubs.js';

/** One attempt and a short limit: what fails in a test is to fail at once. */
export const retryOptions = { maxRetries: 0, timeoutInMs: 3000 };

const closings: (() => Promise<unknown>)[] = [];

/** Has something closed after the test, in reverse order of making. */
export function closeAfterTest(close: () => Promise<unknown>): void {
  closings.push(close);
}

afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await closedOrGivenUp(close());
});

/** An SDK client whose peer does not answer takes a minute to close; a test does not wait for that. */
async function closedOrGivenUp(closing: Promise<unknown>): Promise<void> {
  let giveUp: () => void = () => undefined;
  const givenUp = new Promise<void>((resolve) => {
    giveUp = resolve;
  });
  const timer = setTimeout(giveUp, 250);
  await Promise.race([closing.catch(() => undefined), givenUp]);
  clearTimeout(timer);
}

/** A namespace with a hub `telemetry` of four partitions, unless the options say otherwise. */
export async function startHubs(options: Partial<LocalEventHubsOptions> = {}): Promise<LocalEventHubs> {
  const hubs = await LocalEventHubs.start({ hubs: [{ name: 'telemetry', partitionCount: 4 }], ...options });
  closeAfterTest(() => hubs.stop());
  return hubs;
}

/** A producer for a connection string. */
export function producer(connectionString: string): EventHubProducerClient {
  const client = new EventHubProducerClient(connectionString, { retryOptions });
  closeAfterTest(() => client.close());
  return client;
}

/** A consumer for a connection string. */
export function consumer(
  connectionString: string,
  group = '$Default',
  options: EventHubConsumerClientOptions = {},
): EventHubConsumerClient {
  const client = new EventHubConsumerClient(group, connectionString, { retryOptions, ...options });
  closeAfterTest(() => client.close());
  return client;
}

/** What a reader has got so far. */
export interface Reading {
  readonly events: ReceivedEventData[];
  readonly errors: (Error & { code?: string })[];
  readonly metrics: unknown[];
  close(): Promise<void>;
}

/** Reads one partition. Errors are collected; the SDK itself goes on after those it may retry. */
export function read(
  client: EventHubConsumerClient,
  partitionId: string,
  startPosition: EventPosition,
  options: SubscribeOptions = {},
): Reading {
  const events: ReceivedEventData[] = [];
  const errors: Error[] = [];
  const metrics: unknown[] = [];
  const subscription = client.subscribe(
    partitionId,
    {
      processEvents: async (received, context) => {
        events.push(...received);
        if (context.lastEnqueuedEventProperties) metrics.push({ ...context.lastEnqueuedEventProperties });
      },
      processError: async (error) => {
        errors.push(error);
      },
    },
    { startPosition, maxWaitTimeInSeconds: 1, maxBatchSize: 100, ...options },
  );
  closeAfterTest(() => subscription.close());
  return { events, errors, metrics, close: () => subscription.close() };
}

/** The bodies of events, as the SDK gave them. */
export function bodies(events: readonly { readonly body: unknown }[]): unknown[] {
  return events.map(({ body }) => body);
}

/** The error a promise fails with. */
export async function failureOf(
  promise: Promise<unknown>,
): Promise<Error & { code?: string; retryable?: boolean }> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error('expected a failure');
}
