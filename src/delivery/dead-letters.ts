/**
 * The way to the dead-letter hub: takes whole events that the hub of the route will never accept. It is opened with
 * the first of them. An event is tried once, within a time limit: its lane waits for the answer and must not stand
 * still for a hub that nobody's order depends on. After a failure nothing is tried for a while, longer where the
 * failure took long, so that a hub that is away costs a lane no more than a tenth of its time.
 */
import { withAbort } from '../abort.js';
import { type BackoffOptions, backoffMs } from '../backoff.js';
import { asSendError, SendError } from '../errors.js';
import type { HubEvent } from '../mapping/hub-event.js';
import { type DeadLetter, toDeadLetter } from '../mapping/rejection.js';
import type { Destination } from './destination.js';

/** Times in milliseconds. */
export interface DeadLetterTiming {
  /** How long one attempt may take, opening the hub included. */
  readonly attemptMs: number;
  /** The least waits after failures. */
  readonly backoff: BackoffOptions;
}

/** What dead letters need. */
export interface DeadLetterParts {
  /** Name of the dead-letter hub. */
  readonly hubName: string;
  /** Name of the hub that refuses. */
  readonly rejectedBy: string;
  /** Makes the connection; called when it is needed, may throw. */
  readonly connect: () => Destination;
  readonly timing: DeadLetterTiming;
}

/** For each millisecond that a failed attempt took, so many without one. */
const REST = 9;

/** See the head of this file. */
export class DeadLetters {
  readonly #parts: DeadLetterParts;
  #connect: () => Destination;
  #hub: Destination | undefined;
  #partitionIds: readonly string[] = [];
  #failures = 0;
  /** The last failure, until an attempt succeeds. */
  #failure: SendError | undefined;
  #restsUntil = 0;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(parts: DeadLetterParts) {
    this.#parts = parts;
    this.#connect = parts.connect;
  }

  /**
   * Hands an event over, or gives it up.
   * @param event whole
   * @param reason why it is rejected
   * @param signal ends the attempt
   * @returns what came of it; `undefined` when the event is too large for this hub, too. Never rejects.
   */
  async put(event: HubEvent, reason: string, signal: AbortSignal): Promise<DeadLetter | undefined> {
    const { hubName } = this.#parts;
    if (this.#failure !== undefined && performance.now() < this.#restsUntil) {
      return { hubName, failure: this.#failure };
    }
    const startedAt = performance.now();
    const attempt = this.#attempt(event, reason, signal);
    this.#underWay.add(attempt);
    try {
      const isTaken = await attempt;
      this.#failures = 0;
      this.#failure = undefined;
      return isTaken ? { hubName, failure: undefined } : undefined;
    } catch (thrown) {
      const failure = asSendError(thrown);
      // A refusal of this one event says nothing about the next.
      if (failure.retryable && !signal.aborted) this.#rest(failure, performance.now() - startedAt);
      return { hubName, failure };
    } finally {
      this.#underWay.delete(attempt);
    }
  }

  /** Connects anew with the next event. Resolves when the connection before is closed; attempts end first. */
  async use(connect: () => Destination): Promise<void> {
    this.#connect = connect;
    this.#restsUntil = 0;
    await this.close();
  }

  /** Closes the connection when what is under way has ended. Never rejects. */
  async close(): Promise<void> {
    const hub = this.#hub;
    this.#hub = undefined;
    this.#partitionIds = [];
    await Promise.allSettled(this.#underWay);
    await hub?.close();
  }

  #attempt(event: HubEvent, reason: string, signal: AbortSignal): Promise<boolean> {
    return withAbort(signal, async (limit) => {
      const timer = setTimeout(() => limit.abort(), this.#parts.timing.attemptMs);
      try {
        return await this.#send(toDeadLetter(event, reason, this.#parts.rejectedBy), limit.signal);
      } catch (thrown) {
        throw limit.signal.aborted && !signal.aborted ? this.#tooSlow(thrown) : thrown;
      } finally {
        clearTimeout(timer);
      }
    });
  }

  /** Returns whether the hub has it; otherwise it is too large. */
  async #send(event: HubEvent, signal: AbortSignal): Promise<boolean> {
    this.#hub ??= this.#connect();
    const hub = this.#hub;
    if (this.#partitionIds.length === 0) this.#partitionIds = await hub.open(signal);
    const batch = await hub.createBatch(hub.partitionFor(event.partitionKey, this.#partitionIds), signal);
    if (!batch.tryAdd(event)) return false;
    let refusal: SendError | undefined;
    await hub.send(batch, signal, (_, failure) => {
      refusal = failure;
    });
    if (refusal !== undefined) throw refusal;
    return true;
  }

  #rest(failure: SendError, tookMs: number): void {
    this.#failures++;
    this.#failure = failure;
    // It may have been made anew, with other partitions.
    this.#partitionIds = [];
    this.#restsUntil =
      performance.now() + Math.max(backoffMs(this.#failures, this.#parts.timing.backoff), REST * tookMs);
  }

  #tooSlow(cause: unknown): SendError {
    const message = `the dead-letter hub did not answer within ${this.#parts.timing.attemptMs} ms`;
    return new SendError({ retryable: true, condition: 'ETIMEDOUT', message, cause });
  }
}
