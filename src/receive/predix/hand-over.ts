/**
 * Hands the messages of one stream on to the output, and has them acknowledged when their lines have left this
 * process. So whatever happens, none is missed; those that were shown and not acknowledged come again.
 */
import type { EventCounter } from '../event-counter.js';
import type { EventOutput } from '../partition-events.js';
import { shownEvent, topicOf } from './shown-event.js';
import type { DeliveredMessage } from './subscriber-wire.js';

/** What a hand-over needs of the stream that its messages come from. */
export interface MessageStream {
  acknowledge(messages: readonly DeliveredMessage[]): void;
  pause(): void;
  resume(): void;
}

/** What a hand-over needs besides. */
export interface HandOverParts {
  readonly zoneId: string;
  readonly counter: EventCounter;
  readonly output: EventOutput;
  /** Told of each message that was shown or left out, after its line has left. */
  readonly handled: (topic: string, message: DeliveredMessage) => void;
  /** Ends reading, well or with a failure. */
  readonly end: (failure: Error | undefined) => void;
}

/** So many messages, or one batch, leave this process at once. */
const CHUNK = 500;
/** With more than this waiting, nothing is taken off the connection. */
const MOST_WAITING = 1000;

/** See the head of this file. */
export class HandOver {
  readonly #stream: MessageStream;
  readonly #parts: HandOverParts;
  #waiting: (readonly DeliveredMessage[])[] = [];
  #waitingCount = 0;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(stream: MessageStream, parts: HandOverParts) {
    this.#stream = stream;
    this.#parts = parts;
  }

  /** Whether something is on its way to the output. */
  get isBusy(): boolean {
    return this.#running !== undefined;
  }

  /** Messages have come together. */
  take(messages: readonly DeliveredMessage[]): void {
    if (this.#isStopped) return;
    this.#waiting.push(messages);
    this.#waitingCount += messages.length;
    if (this.#waitingCount > MOST_WAITING) this.#stream.pause();
    this.#running ??= this.#run();
  }

  /** What waits is handed on, too: for the service it counts as read. Never rejects. */
  async finish(): Promise<void> {
    await this.#running;
    this.#isStopped = true;
  }

  /** What waits is dropped: it was not acknowledged, and comes again. Never rejects. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (!this.#isStopped && this.#waiting.length > 0) await this.#handOn(this.#next());
    } catch (thrown) {
      this.#isStopped = true;
      this.#parts.end(thrown instanceof Error ? thrown : new Error(String(thrown)));
    } finally {
      // In the same step in which nothing was waiting: what comes in the next one begins another run.
      this.#running = undefined;
    }
  }

  /** What came together stays together, and is acknowledged together. */
  #next(): readonly DeliveredMessage[] {
    const chunk: DeliveredMessage[] = [];
    while (chunk.length < CHUNK && this.#waiting.length > 0) chunk.push(...(this.#waiting.shift() ?? []));
    const wasFull = this.#waitingCount > MOST_WAITING;
    this.#waitingCount -= chunk.length;
    if (wasFull && this.#waitingCount <= MOST_WAITING) this.#stream.resume();
    return chunk;
  }

  async #handOn(messages: readonly DeliveredMessage[]): Promise<void> {
    const { output, handled, zoneId } = this.#parts;
    const shown: DeliveredMessage[] = [];
    for (const message of messages) {
      if (this.#isStopped) break;
      if (message.isMetricMsg) this.#tellMetrics(message);
      else {
        this.#show(message);
        shown.push(message);
      }
    }
    await output.flush();
    this.#stream.acknowledge(shown);
    for (const message of shown) handled(topicOf(message, zoneId), message);
    // Not before: the end closes the stream.
    if (this.#parts.counter.isEnough) this.#parts.end(undefined);
  }

  #show(message: DeliveredMessage): void {
    const { counter, output, zoneId } = this.#parts;
    const event = shownEvent(message, zoneId);
    if (counter.take(event)) output.show(event, String(message.partition));
    if (counter.isEnough) this.#isStopped = true;
  }

  /** They are neither counted nor acknowledged (Predix contract, section 8). */
  #tellMetrics({ metric }: DeliveredMessage): void {
    const figures = Object.entries(metric?.metricmap ?? {}).map(([name, value]) => `${name}=${value}`);
    this.#parts.output.notice(`metrics: ${figures.join(' ')}`);
  }
}
