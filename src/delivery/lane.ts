/**
 * A lane: the ordered way to one partition, with at most one batch in flight. It sends when it is idle and
 * collects while a batch is in flight; there is no timer, so low load gives low latency and high load full
 * batches. The lane owns every retry of a send: the same batch, in place, until the hub takes it or the lane is
 * stopped. Nothing overtakes a failing batch, so order holds through failures.
 *
 * Its states are those of `lane-state.ts`. Every call of the hub ends in `#run`'s loop: what is to be sent is either in
 * the queue or in the one batch that is kept, and goes from there to the hub, back to the queue's front, or is settled.
 */
import type { BackoffOptions } from '../backoff.js';
import { asSendError, SendError } from '../errors.js';
import { divide, remedyFor } from './culprit.js';
import type { Delivery } from './delivery.js';
import type { Batch, Destination } from './destination.js';
import { FilledBatch, type RefusedEntry } from './filled-batch.js';
import { HubCalls } from './hub-calls.js';
import type { LaneObserver } from './lane-observer.js';
import { entryOf, LaneQueue, type QueueEntry } from './lane-queue.js';
import { type LaneState, nextState } from './lane-state.js';
import { NO_RELIEF, type Relief } from './relief.js';
import { type Refusal, Replacements, TOO_LARGE } from './replacements.js';
import { Retry } from './retry.js';

/** What a lane is made of. */
export interface LaneParts<B extends Batch> {
  readonly partitionId: string;
  readonly destination: Destination<B>;
  readonly observer: LaneObserver;
  readonly backoff: BackoffOptions;
  /** What becomes of events that the hub does not take; default: pointer events. */
  readonly replacements?: Replacements | undefined;
  /** Takes deliveries off when the lane does not get on; default: nobody does. */
  readonly relief?: Relief | undefined;
}

/** While deliveries are taken off, no more than this wait in a lane, even one that gets on. */
const MOST_QUEUED = 500;

/** See the head of this file. */
export class Lane<B extends Batch = Batch> {
  readonly #parts: LaneParts<B>;
  readonly #replacements: Replacements;
  readonly #relief: Relief;
  readonly #retry: Retry;
  readonly #queue = new LaneQueue();
  /** Ends everything. */
  readonly #abort = new AbortController();
  /** Ends everything but what is in flight. */
  readonly #leave = new AbortController();
  readonly #calls: HubCalls<B>;
  #state: LaneState = 'idle';
  #filled: FilledBatch<B> | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(parts: LaneParts<B>) {
    this.#parts = parts;
    this.#calls = new HubCalls(parts.destination, parts.partitionId);
    this.#replacements = parts.replacements ?? new Replacements();
    this.#relief = parts.relief ?? NO_RELIEF;
    this.#retry = new Retry(parts.partitionId, parts.observer, parts.backoff);
  }

  get state(): LaneState {
    return this.#state;
  }

  /** Whether the hub has refused the last attempt, or does not answer. */
  get isStuck(): boolean {
    return this.#retry.isFailing || this.#calls.isSlow;
  }

  /** Puts a delivery behind all others. */
  enqueue(delivery: Delivery): void {
    this.take(entryOf(delivery));
  }

  /** Puts a delivery that was in another lane behind all others, as far as that one has got with it. */
  take(entry: QueueEntry): void {
    if (this.#state === 'stopped') {
      entry.delivery.settle('abandoned');
      return;
    }
    if (this.#isCrowded && this.#state !== 'idle' && this.#relief.take(entry.delivery)) return;
    this.#queue.push(entry);
    if (this.#state === 'idle') this.#running = this.#run();
  }

  /**
   * Sends to another connection of the same hub from now on. A batch that is with the hub finishes as it is; one
   * that is refused goes out anew over the other connection.
   */
  use(destination: Destination<B>): void {
    this.#calls.use(destination);
    // The one before may have asked for half an hour.
    this.#retry.hurry();
  }

  /**
   * Has deliveries taken off at once, if the lane does not get on. An attempt with several events is given up; the
   * hub may have them all the same. One event stays: by it is seen when the hub takes anything again.
   */
  relieve(): void {
    if (!this.#isCrowded) return;
    const inBatch = this.#filled?.open.length ?? 0;
    if (this.isStuck && inBatch > 1) {
      this.#calls.giveUp();
      this.#retry.hurry();
    }
    this.#queue.relieve(this.#relief, inBatch > 0 ? 0 : 1);
  }

  /** Abandons what is queued. A batch under way is not touched: it finishes. */
  dropUnsent(): void {
    this.#queue.drop();
  }

  /** Resolves when nothing is queued or in flight any more, or the lane is stopped. Never rejects. */
  drained(): Promise<void> {
    return this.#running;
  }

  /**
   * Stops for good, but lets the attempt under way end. What the hub has not taken by then stays in the queue.
   * Resolves when the lane is stopped. Never rejects.
   */
  async leave(): Promise<void> {
    this.#leave.abort();
    if (this.#state === 'idle') this.#enter('stopped');
    await this.#running;
  }

  /** Takes everything out of a lane that was left, in order. */
  takeAll(): readonly QueueEntry[] {
    return this.#queue.takeAll();
  }

  /** Stops for good: abandons what is queued and what is in flight, and cuts waits short. */
  abort(): void {
    if (this.#state !== 'stopped') this.#enter('stopped');
    this.#abort.abort();
    this.#leave.abort();
    this.dropUnsent();
  }

  /** Resolves when the call of the destination that is under way has ended, well or not. Never rejects. */
  attempted(): Promise<void> {
    return this.#calls.ended();
  }

  async #run(): Promise<void> {
    while (this.#hasWork) {
      if (this.#relief.isOn && this.isStuck) this.#lighten();
      this.#filled ??= await this.#fill();
      if (this.#filled !== undefined) await this.#send(this.#filled);
    }
    // Only a lane that was left or aborted has something left here.
    this.#putBack();
    if (this.#isStopped()) this.dropUnsent();
    else this.#enter(this.#leave.signal.aborted ? 'stopped' : 'idle');
  }

  get #isCrowded(): boolean {
    return this.#relief.isOn && (this.isStuck || this.#queue.length >= MOST_QUEUED);
  }

  /** Between two attempts: all but one event can be taken off. */
  #lighten(): void {
    if ((this.#filled?.open.length ?? 0) > 1) this.#putBack();
    this.#queue.relieve(this.#relief, this.#filled === undefined ? 1 : 0);
  }

  get #hasWork(): boolean {
    return !this.#leave.signal.aborted && (this.#filled !== undefined || !this.#queue.isEmpty);
  }

  /** A state read after an `await`, which TypeScript would otherwise take for the one before. */
  #isStopped(): boolean {
    return this.#state === 'stopped';
  }

  /** One attempt to make a batch and fill it; returns nothing when there is nothing to be sent yet. */
  async #fill(): Promise<FilledBatch<B> | undefined> {
    this.#enter('filling');
    try {
      const made = await this.#calls.createBatch(this.#leave.signal);
      if (this.#leave.signal.aborted) return undefined;
      const entries = this.#queue.moveInto(made.batch);
      if (entries.length > 0) return new FilledBatch(made, entries, this.#parts.observer);
    } catch (thrown) {
      await this.#waitAfter(thrown);
      return undefined;
    }
    await this.#makeRoom();
    return undefined;
  }

  /** The first entry does not fit an empty batch; or the queue was dropped, as the Cumulocity connection was lost. */
  async #makeRoom(): Promise<void> {
    const { first } = this.#queue;
    if (first === undefined) return;
    if (first.replacing?.rejection === undefined)
      await this.#replace(first, { subject: 'size', condition: TOO_LARGE });
    else {
      const message = 'the largest message that the hub takes has no room for a pointer event';
      await this.#waitAfter(new SendError({ retryable: true, condition: TOO_LARGE, message }));
    }
  }

  /** One attempt to send; the batch is kept if it may succeed later. */
  async #send(filled: FilledBatch<B>): Promise<void> {
    if (this.#calls.isOutdated(filled) || filled.isBroken) {
      this.#putBack();
      return;
    }
    this.#enter('sending');
    try {
      await this.#calls.send(filled, this.#abort.signal, filled.answer);
      filled.acceptRest();
    } catch (thrown) {
      filled.report();
      if (!this.#leave.signal.aborted) await this.#refused(filled.open, asSendError(thrown));
      return;
    }
    filled.report();
    if (filled.refused.length > 0) await this.#refusedSome(filled.refused);
    else {
      this.#filled = undefined;
      this.#retry.succeeded();
    }
  }

  /** Puts the events of a batch that is given up before all others again, save what the hub has. */
  #putBack(): void {
    if (this.#filled !== undefined) this.#queue.putBack(this.#filled.open);
    this.#filled = undefined;
  }

  async #refused(entries: readonly QueueEntry[], failure: SendError): Promise<void> {
    const remedy = remedyFor(entries, failure);
    if (remedy === 'try again') {
      await this.#waitAfter(failure);
      return;
    }
    this.#putBack();
    if (remedy === 'divide') divide(entries);
    else await this.#replace(remedy.replace, failure);
  }

  /** The hub has taken the others. */
  async #refusedSome(refused: readonly RefusedEntry[]): Promise<void> {
    this.#putBack();
    const isForNow = ({ entry, failure }: RefusedEntry): boolean =>
      remedyFor([entry], failure) === 'try again';
    for (const each of refused) {
      if (this.#leave.signal.aborted) return;
      if (!isForNow(each)) await this.#replace(each.entry, each.failure);
    }
    const [worst] = refused
      .filter(isForNow)
      .map(({ failure }) => failure)
      .sort((left, right) => right.minimumWaitMs - left.minimumWaitMs);
    if (worst !== undefined) await this.#waitAfter(worst);
  }

  async #replace(entry: QueueEntry, refusal: Refusal): Promise<void> {
    this.#enter('replacing');
    try {
      await this.#replacements.replace(entry, refusal, this.#abort.signal);
    } catch (thrown) {
      await this.#waitAfter(thrown);
    }
  }

  async #waitAfter(thrown: unknown): Promise<void> {
    if (this.#leave.signal.aborted) return;
    this.#enter('waiting');
    await this.#retry.failed(thrown, this.#leave.signal);
  }

  #enter(next: LaneState): void {
    this.#state = nextState(this.#state, next, this.#parts.partitionId);
  }
}
