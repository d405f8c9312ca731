/**
 * A lane: the ordered way to one partition, with at most one batch in flight. It sends when it is idle and
 * collects while a batch is in flight; there is no timer, so low load gives low latency and high load full
 * batches. The lane owns every retry of a send: the same batch, in place, until the hub takes it or the lane is
 * stopped. Nothing overtakes a failing batch, so order holds through failures.
 *
 * States, and what leads from each to the next:
 *
 *     idle     nothing queued, nothing in flight          -> filling   a delivery is queued
 *     filling  a batch is being made of the queue's front -> sending   it holds at least one event
 *                                                         -> waiting   the hub gave no batch to fill
 *                                                         -> idle      the queue was dropped meanwhile
 *     sending  the batch is with the hub                  -> filling   accepted, or refused for good
 *                                                         -> idle      accepted, and nothing is queued
 *                                                         -> waiting   refused for now
 *     waiting  backoff; the batch, if any, is kept        -> filling, sending
 *                                                         -> idle      the queue was dropped meanwhile
 *     any state                                           -> stopped   by abort; nothing leads out
 */

import { withAbort } from '../abort.js';
import { type BackoffOptions, backoffMs, wait } from '../backoff.js';
import { asSendError, SendError } from '../errors.js';
import type { HubEvent } from '../mapping/hub-event.js';
import type { Delivery } from './delivery.js';
import type { Batch, Destination } from './destination.js';
import { LaneQueue, type QueueEntry, rejectEntry } from './lane-queue.js';
import { NO_RELIEF, type Relief } from './relief.js';

/** One of the states above. */
export type LaneState = 'idle' | 'filling' | 'sending' | 'waiting' | 'stopped';

const LEADS_TO: Readonly<Record<LaneState, readonly LaneState[]>> = {
  idle: ['filling', 'stopped'],
  filling: ['sending', 'waiting', 'filling', 'idle', 'stopped'],
  sending: ['filling', 'idle', 'waiting', 'stopped'],
  waiting: ['filling', 'sending', 'idle', 'stopped'],
  stopped: [],
};

/** What a lane reports. Called synchronously; must not throw. */
export interface LaneObserver {
  /** A batch was accepted. */
  sent(events: number, bytes: number): void;
  /** An attempt failed; the lane waits and tries again. */
  failed(failure: SendError, partitionId: string, attempt: number): void;
  /** The hub will never take this event; a pointer event is sent in its place. */
  rejected(event: HubEvent, reason: string): void;
  /** The hub answers again after a failure. */
  recovered(partitionId: string): void;
}

/** An attempt that takes longer is not going well, in milliseconds. */
const SLOW_MS = 2000;
/** While deliveries are taken off, no more than this wait in a lane, even one that gets on. */
const MOST_QUEUED = 500;

function givenUp(cause: unknown): SendError {
  const message = 'the hub has not answered; the attempt was given up';
  return new SendError({ retryable: true, condition: 'no-answer', message, cause });
}

/** See the head of this file. */
export class Lane<B extends Batch = Batch> {
  readonly #partitionId: string;
  #destination: Destination<B>;
  readonly #observer: LaneObserver;
  readonly #backoff: BackoffOptions;
  readonly #relief: Relief;
  readonly #abort = new AbortController();
  /** Ends the attempt or the wait that is under way. */
  #hurry = new AbortController();
  #attemptAt = 0;
  /** Events of the batch that is under way. */
  #inBatch = 0;
  #state: LaneState = 'idle';
  readonly #queue = new LaneQueue();
  #running: Promise<void> = Promise.resolve();
  #attempt: Promise<void> = Promise.resolve();
  #failedAttempts = 0;

  constructor(options: {
    partitionId: string;
    destination: Destination<B>;
    observer: LaneObserver;
    backoff: BackoffOptions;
    relief?: Relief;
  }) {
    this.#relief = options.relief ?? NO_RELIEF;
    this.#partitionId = options.partitionId;
    this.#destination = options.destination;
    this.#observer = options.observer;
    this.#backoff = options.backoff;
  }

  get state(): LaneState {
    return this.#state;
  }

  /** Whether the hub has refused the last attempt, or does not answer. */
  get isStuck(): boolean {
    if (this.#failedAttempts > 0) return true;
    const isTrying = this.#state === 'sending' || this.#state === 'filling';
    return isTrying && performance.now() - this.#attemptAt > SLOW_MS;
  }

  /** Puts a delivery behind all others. */
  enqueue(delivery: Delivery): void {
    if (this.#state === 'stopped') {
      delivery.settle('abandoned');
      return;
    }
    const isCrowded = this.#relief.isOn && (this.isStuck || this.#queue.length >= MOST_QUEUED);
    if (isCrowded && this.#state !== 'idle' && this.#relief.take(delivery)) return;
    this.#queue.push(delivery);
    if (this.#state === 'idle') this.#running = this.#run();
  }

  /**
   * Sends to another connection of the same hub from now on. A batch that is with the hub finishes as it is; one
   * that is refused goes out anew over the other connection.
   */
  use(destination: Destination<B>): void {
    this.#destination = destination;
  }

  /**
   * Has deliveries taken off at once, if the lane does not get on. An attempt with several events is given up; the
   * hub may have them all the same. One event stays: by it is seen whether the hub takes anything again.
   */
  relieve(): void {
    const { isStuck } = this;
    if (!isStuck && this.#queue.length < MOST_QUEUED) return;
    if (isStuck && this.#inBatch > 1) this.#hurry.abort();
    this.#queue.relieve(this.#relief, this.#inBatch > 0 ? 0 : 1);
  }

  /** Abandons what is queued. A batch under way is not touched: it finishes. */
  dropUnsent(): void {
    this.#queue.drop();
  }

  /** Resolves when nothing is queued or in flight any more, or the lane is stopped. Never rejects. */
  drained(): Promise<void> {
    return this.#running;
  }

  /** Stops for good: abandons what is queued and what is in flight, and cuts waits short. */
  abort(): void {
    if (this.#state === 'stopped') return;
    this.#enter('stopped');
    this.#abort.abort();
    this.dropUnsent();
  }

  /** Resolves when the call of the destination that is under way has ended, well or not. Never rejects. */
  attempted(): Promise<void> {
    return this.#attempt;
  }

  async #run(): Promise<void> {
    while (!this.#queue.isEmpty && this.#state !== 'stopped') {
      if (this.isStuck) this.#queue.relieve(this.#relief, 1);
      const destination = this.#destination;
      const batch = await this.#createBatch(destination);
      if (batch === undefined) continue;
      const entries = this.#queue.moveInto(batch);
      this.#inBatch = entries.length;
      if (entries.length > 0) await this.#deliver(destination, batch, entries);
      else await this.#makeRoom();
      this.#inBatch = 0;
    }
    if (this.#state !== 'stopped') this.#enter('idle');
  }

  /** One attempt; returns nothing when it failed. The queue may have been dropped meanwhile. */
  async #createBatch(destination: Destination<B>): Promise<B | undefined> {
    this.#enter('filling');
    try {
      const batch = await this.#attemptTo((signal) => destination.createBatch(this.#partitionId, signal));
      return this.#isStopped() ? undefined : batch;
    } catch (thrown) {
      await this.#waitAfter(thrown);
      return undefined;
    }
  }

  #attemptTo<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#attemptAt = performance.now();
    const result = withAbort(this.#abort.signal, async (controller) => {
      this.#hurry = controller;
      try {
        return await call(controller.signal);
      } catch (thrown) {
        throw controller.signal.aborted ? givenUp(thrown) : thrown;
      }
    });
    this.#attempt = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  /** A state read after an `await`, which TypeScript would otherwise take for the one before. */
  #isStopped(): boolean {
    return this.#state === 'stopped';
  }

  /** The first entry does not fit an empty batch; or the queue was dropped, as the Cumulocity connection was lost. */
  async #makeRoom(): Promise<void> {
    const { first } = this.#queue;
    if (first === undefined) return;
    const condition = 'message-size-exceeded';
    if (!first.isPointer) this.#reject(first, condition);
    else {
      const message = 'the largest message that the hub takes has no room for a pointer event';
      await this.#waitAfter(new SendError({ retryable: true, condition, message }));
    }
  }

  async #deliver(destination: Destination<B>, batch: B, entries: readonly QueueEntry[]): Promise<void> {
    while (this.#state !== 'stopped') {
      const canBeRelieved = this.#relief.isOn && this.isStuck && entries.length > 1;
      if (batch.isStale || destination !== this.#destination || canBeRelieved) {
        this.#queue.putBack(entries);
        return;
      }
      this.#enter('sending');
      try {
        await this.#attemptTo((signal) => destination.send(batch, signal));
        this.#accepted(entries);
        return;
      } catch (thrown) {
        if (this.#isRefusedForGood(thrown, entries)) return;
        await this.#waitAfter(thrown);
      }
    }
    for (const { delivery } of entries) delivery.settle('abandoned');
  }

  #accepted(entries: readonly QueueEntry[]): void {
    if (this.#failedAttempts > 0) this.#observer.recovered(this.#partitionId);
    this.#failedAttempts = 0;
    this.#observer.sent(
      entries.length,
      entries.reduce((sum, { event }) => sum + event.body.length, 0),
    );
    for (const { delivery, isPointer } of entries) delivery.settle(isPointer ? 'rejected' : 'delivered');
  }

  /**
   * Sorts out a permanent refusal: the events of a batch go back to the queue's front to be sent one by one; an
   * event that is refused alone is replaced by its pointer event. A refused pointer event shows that the fault
   * is not in the event, so it is tried again like any other failure and nothing is let go.
   */
  #isRefusedForGood(thrown: unknown, entries: readonly QueueEntry[]): boolean {
    if (!(thrown instanceof SendError) || thrown.retryable || this.#state === 'stopped') return false;
    const [first] = entries;
    if (first === undefined || first.isPointer) return false;
    this.#queue.putBack(entries);
    if (entries.length === 1) this.#reject(first, thrown.condition);
    else for (const entry of entries) entry.isAlone = true;
    return true;
  }

  #reject(entry: QueueEntry, reason: string): void {
    this.#observer.rejected(entry.event, reason);
    rejectEntry(entry, reason);
  }

  async #waitAfter(thrown: unknown): Promise<void> {
    if (this.#state === 'stopped') return;
    const failure = asSendError(thrown);
    this.#enter('waiting');
    this.#failedAttempts++;
    this.#observer.failed(failure, this.#partitionId, this.#failedAttempts);
    const ms = Math.max(backoffMs(this.#failedAttempts, this.#backoff), failure.minimumWaitMs);
    await withAbort(this.#abort.signal, (controller) => {
      this.#hurry = controller;
      return wait(ms, controller.signal);
    });
  }

  #enter(next: LaneState): void {
    if (!LEADS_TO[this.#state].includes(next)) {
      throw new Error(`lane ${this.#partitionId}: no way from ${this.#state} to ${next}`);
    }
    this.#state = next;
  }
}
