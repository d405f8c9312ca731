/** A subscriber that writes down what it gets. */
import type { ClientReadableStream, StatusObject } from '@grpc/grpc-js';
import { waitUntil } from '../../../support/wait.js';
import type { WireMessage } from '../protocol.js';

interface Batch {
  readonly messages: { readonly msg: readonly WireMessage[] };
}

/** The client's side of any of the three methods; `receive` has no `write` and no `end`. */
export interface OpenedCall extends ClientReadableStream<WireMessage | Batch> {
  write(acks: object): boolean;
  end(): void;
}

/** See the head of this file. */
export class TestSubscriber {
  /** All messages in the order in which they came, but for metric messages. */
  readonly messages: WireMessage[] = [];
  readonly metrics: WireMessage[] = [];
  readonly batches: (readonly WireMessage[])[] = [];
  /** Resolves when the service has admitted it; rejects when it was refused. */
  readonly hasPlace: Promise<void>;
  readonly ended: Promise<StatusObject>;
  readonly #call: OpenedCall;
  #acksAll = false;

  constructor(call: OpenedCall) {
    this.#call = call;
    this.ended = new Promise((resolve) => void call.once('status', resolve));
    this.hasPlace = new Promise((resolve, reject) => {
      call.once('metadata', () => resolve());
      call.once('status', ({ details }: StatusObject) => reject(new Error(details)));
    });
    // Not every test waits for it.
    this.hasPlace.catch(() => undefined);
    call.on('error', () => undefined);
    call.on('data', (data: WireMessage | Batch) => this.#take(data));
  }

  /** The ids of its messages, in the order in which they came. */
  get ids(): readonly string[] {
    return this.messages.map(({ id }) => id);
  }

  /** How often a message has come. */
  copies(id: string): number {
    return this.ids.filter((each) => each === id).length;
  }

  /** Waits for so many messages, copies among them. */
  async received(count: number): Promise<readonly string[]> {
    await waitUntil(`${count} messages have come`, () => this.messages.length >= count);
    return this.ids;
  }

  /** Acknowledges all that has come and will come, at once. */
  ackAll(): void {
    this.ack(this.messages);
    this.#acksAll = true;
  }

  /** Acknowledges messages in one request. */
  ack(messages: readonly WireMessage[], status_code = 0): void {
    const acks = messages.map(({ id, topic, partition, offset }) => ({
      id,
      topic,
      partition,
      offset,
      status_code,
    }));
    this.send(acks);
  }

  /** Sends acknowledgements as they are. */
  send(ack: readonly object[]): void {
    this.#call.write({ ack });
  }

  /** Sends no acknowledgements any more. */
  halfClose(): void {
    this.#call.end();
  }

  /** Reads nothing until `resume`. */
  pause(): void {
    this.#call.pause();
  }

  resume(): void {
    this.#call.resume();
  }

  /** Unsubscribes, and waits until this side has closed. */
  async cancel(): Promise<void> {
    this.#call.cancel();
    await this.ended;
  }

  #take(data: WireMessage | Batch): void {
    const messages = 'messages' in data ? data.messages.msg : [data];
    if ('messages' in data) this.batches.push(messages);
    if (this.#acksAll) this.ack(messages.filter(({ isMetricMsg }) => !isMetricMsg));
    for (const message of messages) {
      if (message.isMetricMsg) this.metrics.push(message);
      else this.messages.push(message);
    }
  }
}
