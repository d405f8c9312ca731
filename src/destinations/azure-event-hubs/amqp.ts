/** Azure Event Hubs over AMQP, on `@azure/event-hubs`. */
import { type EventDataBatch, EventHubProducerClient } from '@azure/event-hubs';
import type { Batch, Destination } from '../../delivery/destination.js';
import type { HubEvent } from '../../mapping/hub-event.js';
import { partitionIndex } from './partition-hash.js';
import { toSendError } from './send-failure.js';

/** Which hub, and how to get in. */
export interface AzureHubAddress {
  /** Of the namespace, without `EntityPath`. */
  readonly connectionString: string;
  readonly hubName: string;
}

/** A batch of the SDK. It closes on the largest message that the link allows. */
class AmqpBatch implements Batch {
  readonly data: EventDataBatch;

  constructor(data: EventDataBatch) {
    this.data = data;
  }

  tryAdd({ body, contentType, messageId, properties }: HubEvent): boolean {
    // A buffer goes out as it is; the SDK would encode anything else as JSON once more.
    return this.data.tryAdd({ body, contentType, messageId, properties: { ...properties } });
  }
}

/**
 * One attempt, bounded: retries are the lane's. The bound matters because the SDK leaves a send unanswered until
 * it expires when the link or the connection is lost under it.
 */
const RETRY = { maxRetries: 0, timeoutInMs: 10_000 };

/** See the head of this file. Every method rejects with a `SendError`. */
export class AmqpDestination implements Destination<AmqpBatch> {
  readonly #client: EventHubProducerClient;

  constructor({ connectionString, hubName }: AzureHubAddress) {
    this.#client = new EventHubProducerClient(connectionString, hubName, { retryOptions: RETRY });
  }

  async open(signal: AbortSignal): Promise<readonly string[]> {
    const { partitionIds } = await this.#client
      .getEventHubProperties({ abortSignal: signal })
      .catch(failWithSendError);
    return partitionIds;
  }

  partitionFor(key: string, partitionIds: readonly string[]): string {
    return partitionIds[partitionIndex(key, partitionIds.length)] ?? '';
  }

  async createBatch(partitionId: string, signal: AbortSignal): Promise<AmqpBatch> {
    const data = await this.#client
      .createBatch({ partitionId, abortSignal: signal })
      .catch(failWithSendError);
    return new AmqpBatch(data);
  }

  async send({ data }: AmqpBatch, signal: AbortSignal): Promise<void> {
    await this.#client.sendBatch(data, { abortSignal: signal }).catch(failWithSendError);
  }

  async close(): Promise<void> {
    // A connection that cannot be closed in order is gone as well.
    await this.#client.close().catch(() => undefined);
  }
}

function failWithSendError(thrown: unknown): never {
  throw toSendError(thrown);
}
