/** Azure Event Hubs over AMQP, on `@azure/event-hubs`. */
import { type EventDataBatch, EventHubProducerClient } from '@azure/event-hubs';
import { withAbort } from '../../abort.js';
import { wait } from '../../backoff.js';
import type { Batch, Destination } from '../../delivery/destination.js';
import type { HubEvent } from '../../mapping/hub-event.js';
import { LossWatch } from './loss-watch.js';
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
  readonly partitionId: string;
  isFirstAttempt = true;

  constructor(data: EventDataBatch, partitionId: string) {
    this.data = data;
    this.partitionId = partitionId;
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

/** How long an orderly close may take, in milliseconds. */
const CLOSE_MS = 2000;

/** See the head of this file. Every method rejects with a `SendError`. */
export class AmqpDestination implements Destination<AmqpBatch> {
  readonly #client: EventHubProducerClient;
  readonly #hubName: string;
  readonly #losses: LossWatch;

  constructor({ connectionString, hubName }: AzureHubAddress) {
    this.#client = new EventHubProducerClient(connectionString, hubName, { retryOptions: RETRY });
    this.#hubName = hubName;
    this.#losses = new LossWatch(this.#client);
  }

  async open(signal: AbortSignal): Promise<readonly string[]> {
    const { partitionIds } = await this.#unlessLost(signal, undefined, (abortSignal) =>
      this.#client.getEventHubProperties({ abortSignal }),
    );
    return partitionIds;
  }

  partitionFor(key: string, partitionIds: readonly string[]): string {
    return partitionIds[partitionIndex(key, partitionIds.length)] ?? '';
  }

  async createBatch(partitionId: string, signal: AbortSignal): Promise<AmqpBatch> {
    const data = await this.#unlessLost(signal, undefined, (abortSignal) =>
      this.#client.createBatch({ partitionId, abortSignal }),
    );
    return new AmqpBatch(data, partitionId);
  }

  async send(batch: AmqpBatch, signal: AbortSignal): Promise<void> {
    // The link of a first attempt was opened for its batch. A later attempt opens it anew, so that it can be watched.
    if (!batch.isFirstAttempt) await this.createBatch(batch.partitionId, signal);
    batch.isFirstAttempt = false;
    await this.#unlessLost(signal, batch.partitionId, (abortSignal) =>
      this.#client.sendBatch(batch.data, { abortSignal }),
    );
  }

  async close(): Promise<void> {
    // On a half-open connection the SDK waits for an answer that never comes.
    const deadline = new AbortController();
    const closed = this.#client.close().catch(() => undefined);
    await Promise.race([closed.then(() => deadline.abort()), wait(CLOSE_MS, deadline.signal)]);
  }

  /** Makes a call of the SDK, and gives it up as soon as the connection or the link that it depends on is lost. */
  #unlessLost<T>(
    parent: AbortSignal,
    partitionId: string | undefined,
    call: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const linkName = partitionId === undefined ? undefined : `${this.#hubName}/Partitions/${partitionId}`;
    return withAbort(parent, async (controller) => {
      const release = this.#losses.watch(linkName, controller);
      try {
        return await call(controller.signal);
      } catch (thrown) {
        const { aborted, reason } = controller.signal;
        throw toSendError(aborted && !parent.aborted ? reason : thrown);
      } finally {
        release();
      }
    });
  }
}
