/**
 * Messages in batches: `subscribe` (Predix contract, section 7). A batch begins with its first message and goes out
 * when the interval is over; as a union, also when it is full before.
 */
import { encodeMessage, type WireMessage } from '../protocol.js';
import { oneMegabyte } from '../publish/publication.js';
import type { Connection } from './connection.js';
import type { Delivery } from './delivery.js';
import type { Sender, Sink } from './sender.js';
import type { BatchOptions } from './subscription-options.js';

/** See the head of this file. */
export class BatchSender implements Sender {
  readonly #connection: Connection;
  readonly #sink: Sink;
  readonly #options: BatchOptions;
  #batch: Delivery[] = [];
  #metrics: Partial<WireMessage>[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Whether the batch holds all that it may. */
  #isFull = false;
  /** Whether the interval is over and the batch still here. */
  #isDue = false;
  #isBlocked = false;
  #isClosed = false;

  constructor(connection: Connection, sink: Sink, options: BatchOptions) {
    this.#connection = connection;
    this.#sink = sink;
    this.#options = options;
  }

  pump(): void {
    if (this.#isClosed) return;
    this.#fill();
    while (this.#mayFlush()) {
      this.#flush();
      this.#fill();
    }
    if (this.#timer !== undefined || this.#isDue || this.#isEmpty()) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#isDue = true;
      this.pump();
    }, this.#options.intervalMs);
  }

  /** Puts a metric message in the batch, where it does not count. */
  addMetric(message: Partial<WireMessage>): void {
    this.#metrics.push(message);
    this.#bytes += encodeMessage(message).length;
    this.pump();
  }

  drained(): void {
    this.#isBlocked = false;
    this.pump();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#isClosed = true;
  }

  #fill(): void {
    while (!this.#isFull) {
      const delivery = this.#connection.next();
      if (delivery === undefined) return;
      if (!this.#isEmpty() && this.#bytes + delivery.bytes >= oneMegabyte) {
        this.#connection.putBack(delivery);
        this.#isFull = true;
        return;
      }
      this.#batch.push(delivery);
      this.#bytes += delivery.bytes;
      this.#isFull = this.#batch.length >= this.#options.size;
    }
  }

  #mayFlush(): boolean {
    return !this.#isBlocked && (this.#isDue || (this.#isFull && this.#options.isUnion));
  }

  #isEmpty(): boolean {
    return this.#batch.length === 0 && this.#metrics.length === 0;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // Some may have been acknowledged at last, or have gone to another connection.
    const batch = this.#batch.filter(({ state }) => state === 'queued');
    const messages = [...batch.map(({ wire }) => wire), ...this.#metrics];
    this.#batch = [];
    this.#metrics = [];
    this.#bytes = 0;
    this.#isFull = false;
    this.#isDue = false;
    if (messages.length === 0) return;
    this.#connection.sent(batch);
    this.#isBlocked = !this.#sink.write(messages, () => this.#connection.written(batch));
  }
}
