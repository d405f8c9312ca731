/**
 * One subscription: a call on a connection of its own (Predix contract, sections 3, 7 and 15). The library would make
 * a lost connection again by itself; here each has its own, so that only `PredixReading` decides.
 */
import { hostname } from 'node:os';
import type { Client, ClientDuplexStream, ClientReadableStream, Metadata, StatusObject } from '@grpc/grpc-js';
import { connect, showLife } from '../../destinations/predix-event-hub/grpc.js';
import type { ConnectionLoss } from '../../destinations/predix-event-hub/send-failure.js';
import type { PredixReadingOptions } from './options.js';
import { noConnection, streamLoss } from './stream-loss.js';
import { subscribeMetadata } from './subscribe-metadata.js';
import {
  type DeliveredBatch,
  type DeliveredMessage,
  RECEIVE,
  RECEIVE_WITH_ACKS,
  SUBSCRIBE,
  type SubscriberAcks,
} from './subscriber-wire.js';

/** What a stream tells. */
export interface StreamEvents {
  /** The service has let this subscriber in. Once. */
  accepted(): void;
  /** Messages that came together. */
  received(messages: readonly DeliveredMessage[]): void;
}

type AckStream = ClientDuplexStream<SubscriberAcks, DeliveredMessage | DeliveredBatch>;

/** See the head of this file. */
export class SubscriptionStream {
  /** Resolves when it is over, whoever has ended it. */
  readonly ended: Promise<ConnectionLoss>;
  readonly #options: PredixReadingOptions;
  readonly #client: Client;
  readonly #call: ClientReadableStream<DeliveredMessage | DeliveredBatch>;
  /** `undefined` where nothing is acknowledged. */
  readonly #acks: AckStream | undefined;
  readonly #events: StreamEvents;
  readonly #alive: NodeJS.Timeout;
  #isAccepted = false;
  #isOver = false;
  #isUnreachable = false;

  /** Opens it. */
  constructor(options: PredixReadingOptions, token: string, events: StreamEvents) {
    const { hub, connection, timing } = options;
    this.#options = options;
    this.#events = events;
    this.#client = connect(hub, connection.settings);
    const metadata = subscribeMetadata(options, token);
    if (options.mode === 'receive') this.#call = this.#receive(metadata);
    else this.#call = this.#acks = this.#receiveWithAcks(metadata);
    this.#call.on('data', (data: DeliveredMessage | DeliveredBatch) => this.#take(data));
    this.#call.on('metadata', () => this.#accept());
    // `status` tells of every end; an error without a listener would end the process.
    this.#call.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      this.#call.once('status', (status: StatusObject) => {
        const loss = this.#release(status);
        // What has come before is still to be read.
        if (this.#call.readableEnded) resolve(loss);
        else this.#call.once('end', () => resolve(loss));
      });
    });
    this.#alive = setInterval(() => showLife(this.#client, timing.aliveMs), timing.aliveMs);
    this.#client.waitForReady(Date.now() + timing.dialMs, (error) => this.#ready(error));
  }

  /** Whether the service has let this subscriber in. */
  get isAccepted(): boolean {
    return this.#isAccepted;
  }

  /** Tells the service that messages have been dealt with; they do not come again. Nothing in mode `receive`. */
  acknowledge(messages: readonly DeliveredMessage[]): void {
    if (this.#isOver || messages.length === 0) return;
    const ack = messages.map(({ id, zone_id, topic, partition, offset, timestamp }) => ({
      ...{ id, zone_id, topic, partition, offset, timestamp },
    }));
    this.#acks?.write({ ack });
  }

  /** Takes nothing more off the connection, so that the service stops sending. */
  pause(): void {
    this.#call.pause();
  }

  /** Goes on. */
  resume(): void {
    this.#call.resume();
  }

  /** Unsubscribes: in order where there are acknowledgements, which arrive before the end. Never rejects. */
  async close(): Promise<void> {
    // The end is only told behind what is still to be read.
    this.#call.resume();
    if (this.#acks === undefined) this.#call.cancel();
    else this.#acks.end();
    const timer = setTimeout(() => this.#call.cancel(), this.#options.timing.closeMs);
    await this.ended;
    clearTimeout(timer);
  }

  /** Ends it at once; without effect when it has ended. */
  cancel(): void {
    this.#call.cancel();
  }

  #receive(metadata: Metadata): ClientReadableStream<DeliveredMessage> {
    const { path, requestSerialize, responseDeserialize } = RECEIVE;
    const { subscriber, connection } = this.#options;
    const request = {
      zone_id: connection.zoneId,
      subscriber,
      instance_id: `${hostname()}-${process.pid}`,
    };
    return this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      metadata,
    );
  }

  #receiveWithAcks(metadata: Metadata): AckStream {
    const method = this.#options.mode === 'batch' ? SUBSCRIBE : RECEIVE_WITH_ACKS;
    const deserialize: (bytes: Buffer) => DeliveredMessage | DeliveredBatch = method.responseDeserialize;
    return this.#client.makeBidiStreamRequest(method.path, method.requestSerialize, deserialize, metadata);
  }

  #take(data: DeliveredMessage | DeliveredBatch): void {
    this.#accept();
    this.#events.received('messages' in data ? (data.messages?.msg ?? []) : [data]);
  }

  #accept(): void {
    if (this.#isAccepted) return;
    this.#isAccepted = true;
    this.#events.accepted();
  }

  #ready(error: Error | undefined): void {
    if (this.#isOver) return;
    if (error === undefined) {
      showLife(this.#client, this.#options.timing.aliveMs);
      return;
    }
    this.#isUnreachable = true;
    this.#call.cancel();
  }

  #release(status: StatusObject): ConnectionLoss {
    this.#isOver = true;
    clearInterval(this.#alive);
    this.#client.close();
    return this.#isUnreachable ? noConnection(this.#options) : streamLoss(status, this.#options);
  }
}
