/** Azure Event Hubs over AMQP, plain or within a WebSocket, on `@azure/event-hubs`. */
import { type EventDataBatch, type EventHubClientOptions, EventHubProducerClient } from '@azure/event-hubs';
import { WebSocket } from 'ws';
import { withAbort } from '../../abort.js';
import { wait } from '../../backoff.js';
import { SendError } from '../../errors.js';
import type { HubEvent } from '../../mapping/hub-event.js';
import { type AzureSettings, proxyAgent, tokenCredential } from './azure-settings.js';
import { formatConnectionString } from './connection-string.js';
import { type AzureHubAddress, authorityOf, type HubCredential } from './hub-address.js';
import type { HubClient } from './hub-client.js';
import { LossWatch } from './loss-watch.js';
import { toSendError } from './send-failure.js';

/** A batch of the SDK. It closes on the largest message that the link allows. */
export class AmqpBatch {
  readonly data: EventDataBatch;
  readonly partitionId: string;
  isFirstAttempt = true;

  constructor(data: EventDataBatch, partitionId: string) {
    this.data = data;
    this.partitionId = partitionId;
  }

  /** See `Batch`. */
  tryAdd(event: HubEvent): boolean {
    const { body, contentType, messageId, properties, contentEncoding } = event;
    // A buffer goes out as it is; the SDK would encode anything else as JSON once more.
    if (contentEncoding === undefined) return this.data.tryAdd({ body, contentType, messageId, properties });
    // The SDK's simple form of an event has no place for the encoding.
    return this.data.tryAdd({
      body,
      bodyType: 'data',
      properties: { contentType, contentEncoding, messageId },
      applicationProperties: properties,
    });
  }
}

/**
 * A batch that was made for a larger link than there is now. A hub that lowers its limit may close the link instead
 * of refusing the batch (AMQP 1.0, 2.8.15), and the same batch would then be sent again without an end.
 */
function tooLargeNow({ sizeInBytes }: EventDataBatch, { maxSizeInBytes }: EventDataBatch): SendError {
  const message = `the batch has ${sizeInBytes} bytes, and the link now takes ${maxSizeInBytes}`;
  return new SendError({ retryable: false, condition: 'MessageTooLargeError', subject: 'size', message });
}

/**
 * One attempt, bounded: retries are the lane's. The bound matters because the SDK leaves a send unanswered until
 * it expires when the link or the connection is lost under it.
 */
const RETRY = { maxRetries: 0, timeoutInMs: 10_000 };

/** How long an orderly close may take, in milliseconds. */
const CLOSE_MS = 2000;

/** What an {@link AmqpClient} is made for. */
export interface AmqpClientOptions {
  readonly address: AzureHubAddress;
  readonly credential: HubCredential;
  /** Port 443 and HTTP instead of 5671. */
  readonly isWebSocket: boolean;
  readonly settings: AzureSettings;
}

function connect({ address, credential, isWebSocket, settings }: AmqpClientOptions): EventHubProducerClient {
  const agent = proxyAgent(settings);
  const webSocketOptions = {
    webSocket: WebSocket,
    ...(agent === undefined ? {} : { webSocketConstructorOptions: { agent } }),
  };
  const options: EventHubClientOptions = {
    retryOptions: RETRY,
    ...(isWebSocket ? { webSocketOptions } : {}),
  };
  const { hubName } = address;
  return credential.kind === 'entra'
    ? new EventHubProducerClient(
        authorityOf(address),
        hubName,
        tokenCredential(credential, settings),
        options,
      )
    : new EventHubProducerClient(formatConnectionString(address, credential), hubName, options);
}

/** See the head of this file. */
export class AmqpClient implements HubClient<AmqpBatch> {
  readonly #client: EventHubProducerClient;
  readonly #hubName: string;
  readonly #losses: LossWatch;

  constructor(options: AmqpClientOptions) {
    this.#client = connect(options);
    this.#hubName = options.address.hubName;
    this.#losses = new LossWatch(this.#client);
  }

  async open(signal: AbortSignal): Promise<readonly string[]> {
    const { partitionIds } = await this.#unlessLost(signal, undefined, (abortSignal) =>
      this.#client.getEventHubProperties({ abortSignal }),
    );
    // Reading the properties proves less than the right to send: a link for sending needs that.
    const [first] = partitionIds;
    if (first !== undefined) await this.createBatch(first, signal);
    return partitionIds;
  }

  async createBatch(partitionId: string, signal: AbortSignal): Promise<AmqpBatch> {
    const data = await this.#unlessLost(signal, undefined, (abortSignal) =>
      this.#client.createBatch({ partitionId, abortSignal }),
    );
    return new AmqpBatch(data, partitionId);
  }

  async send(batch: AmqpBatch, signal: AbortSignal): Promise<void> {
    // The link of a first attempt was opened for its batch. A later attempt opens it anew, so that it can be watched.
    if (!batch.isFirstAttempt) {
      const { data } = await this.createBatch(batch.partitionId, signal);
      if (batch.data.sizeInBytes > data.maxSizeInBytes) throw tooLargeNow(batch.data, data);
    }
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
