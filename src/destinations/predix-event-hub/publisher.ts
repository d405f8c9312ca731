/**
 * A link and the answers that are due on it. The service answers for each message by itself, in any order, and names
 * it by its id alone (Predix contract, section 4). Two routes can have different messages with one id: the second one
 * waits until the first is answered, or nobody would know which of them was taken.
 */
import { wait } from '../../backoff.js';
import { SendError } from '../../errors.js';
import { LateAnswers } from './late-answers.js';
import type { Link, LinkAnswer, LinkEvents } from './link.js';
import type { MessageBatch } from './message-batch.js';
import { ConnectionLoss } from './send-failure.js';

/** Takes the answer for one message of a batch. */
export type Answered = (index: number, answer: LinkAnswer) => void;

/** A request whose answers are due. */
interface Exchange {
  answered(index: number, answer: LinkAnswer): void;
  failed(failure: SendError): void;
}

/** A message that is waiting for its answer. */
interface Due {
  readonly exchange: Exchange;
  readonly index: number;
  readonly message: Buffer;
}

/** How soon it is looked again whether an id can be used, in milliseconds. */
const LOOK_AGAIN_MS = 20;

/** What a publisher reports. */
export interface PublisherEvents {
  /** The service has answered for a message. */
  answered(): void;
  /** The link is gone. Not called after `close`. */
  lost(publisher: Publisher, loss: ConnectionLoss): void;
}

/** See the head of this file. */
export class Publisher {
  readonly #events: PublisherEvents;
  readonly #answerMs: number;
  readonly #due = new Map<string, Due[]>();
  readonly #late: LateAnswers;
  #link: Link | undefined;
  #isOpen = false;
  #isClosing = false;
  #answers = 0;
  #openedAt = 0;
  readonly #onIdle: (() => void)[] = [];

  private constructor(answerMs: number, events: PublisherEvents) {
    this.#answerMs = answerMs;
    this.#late = new LateAnswers(answerMs);
    this.#events = events;
  }

  /**
   * Opens a link and takes it over.
   * @param options.open makes the link; rejects with a `ConnectionLoss`
   * @param options.answerMs how long an answer may take, in milliseconds
   */
  static async open(options: {
    readonly open: (events: LinkEvents) => Promise<Link>;
    readonly answerMs: number;
    readonly events: PublisherEvents;
  }): Promise<Publisher> {
    const publisher = new Publisher(options.answerMs, options.events);
    publisher.#link = await options.open({
      answered: (answer) => publisher.#take(answer),
      lost: (loss) => publisher.#lose(loss),
    });
    publisher.#isOpen = true;
    publisher.#openedAt = performance.now();
    return publisher;
  }

  /** Whether requests can be sent. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** How long the link has been there, in milliseconds. */
  get openMs(): number {
    return performance.now() - this.#openedAt;
  }

  /** Whether the service has ever answered on this link. */
  get wasAnswered(): boolean {
    return this.#answers > 0;
  }

  /**
   * Sends a batch.
   * @param batch not sent yet
   * @param signal gives up waiting
   * @param answered called for each answer
   * @returns resolves when each message is answered; rejects with a `SendError` when some will not be
   */
  async publish(batch: MessageBatch, signal: AbortSignal, answered: Answered): Promise<void> {
    while (this.#isOpen && !signal.aborted && this.#isAmbiguous(batch)) await wait(LOOK_AGAIN_MS, signal);
    if (signal.aborted || !this.#isOpen) throw noAnswer('the attempt was given up, or its link is gone');
    await this.#exchange(batch, signal, answered);
  }

  #exchange(batch: MessageBatch, signal: AbortSignal, answered: Answered): Promise<void> {
    return new Promise((resolve, reject) => {
      let left = batch.ids.length;
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        this.#forget(exchange, batch.ids);
        settle();
      };
      const answersBefore = this.#answers;
      const timer = setTimeout(() => this.#tooSlow(exchange, answersBefore), this.#answerMs);
      const giveUp = (): void => exchange.failed(noAnswer('the attempt was given up'));
      const exchange: Exchange = {
        answered: (index, answer) => {
          answered(index, answer);
          if (--left === 0) end(resolve);
        },
        failed: (failure) => end(() => reject(failure)),
      };
      signal.addEventListener('abort', giveUp);
      batch.ids.forEach((id, index) => {
        const message = batch.messages[index] ?? NOTHING;
        this.#due.set(id, [...(this.#due.get(id) ?? []), { exchange, index, message }]);
      });
      this.#link?.write(batch.take());
    });
  }

  /** Sends no more; ends the link when nothing is due on it any more, or it is lost. Never rejects. */
  async retire(): Promise<void> {
    this.#isOpen = false;
    await this.#idle();
    await this.close();
  }

  /** Ends the link. What is due is not answered any more. Never rejects. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#isOpen = false;
    await this.#link?.close();
    this.#failAll(new ConnectionLoss('lost', 'closed', 'the connection to the event hub was closed'));
  }

  #idle(): Promise<void> {
    if (this.#due.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  #take(answer: LinkAnswer): void {
    this.#answers++;
    this.#events.answered();
    const [due] = this.#due.get(answer.id ?? '') ?? [];
    if (due === undefined) {
      this.#late.take(answer.id ?? '');
      return;
    }
    this.#remove(answer.id ?? '', due);
    due.exchange.answered(due.index, answer);
  }

  /** Where nothing at all was answered meanwhile, the connection is dead. */
  #tooSlow(exchange: Exchange, answersBefore: number): void {
    if (this.#answers > answersBefore) {
      exchange.failed(noAnswer(`the event hub has not answered for a message within ${this.#answerMs} ms`));
      return;
    }
    const text = `the event hub has answered nothing within ${this.#answerMs} ms`;
    this.#lose(new ConnectionLoss('lost', 'no-answer', text));
    void this.#link?.close();
  }

  #lose(loss: ConnectionLoss): void {
    this.#isOpen = false;
    this.#failAll(loss);
    if (!this.#isClosing) this.#events.lost(this, loss);
    this.#isClosing = true;
  }

  #failAll(failure: SendError): void {
    const exchanges = new Set([...this.#due.values()].flat().map(({ exchange }) => exchange));
    for (const exchange of exchanges) exchange.failed(failure);
  }

  #forget(exchange: Exchange, ids: readonly string[]): void {
    for (const id of ids) {
      for (const due of this.#due.get(id) ?? []) {
        if (due.exchange !== exchange) continue;
        this.#remove(id, due);
        if (this.#isOpen) this.#late.expect(id, due.message);
      }
    }
  }

  /** Whether an answer could be one for another message. */
  #isAmbiguous({ ids, messages }: MessageBatch): boolean {
    return ids.some((id, index) => {
      const own = messages[index] ?? NOTHING;
      const others = [...(this.#due.get(id) ?? []).map(({ message }) => message), ...this.#late.of(id)];
      return others.some((message) => !message.equals(own));
    });
  }

  #remove(id: string, due: Due): void {
    const others = (this.#due.get(id) ?? []).filter((each) => each !== due);
    if (others.length > 0) this.#due.set(id, others);
    else this.#due.delete(id);
    if (this.#due.size === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}

const NOTHING = Buffer.alloc(0);

function noAnswer(message: string): SendError {
  return new SendError({ retryable: true, condition: 'no-answer', message });
}
