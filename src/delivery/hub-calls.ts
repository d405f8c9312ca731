/** The calls of its hub that a lane makes, one after the other, over the connection that is in use. */
import { withAbort } from '../abort.js';
import { SendError } from '../errors.js';
import type { Answer, Batch, Destination } from './destination.js';

/** A batch, and the connection that it was made for. */
export interface MadeBatch<B extends Batch> {
  readonly destination: Destination<B>;
  readonly batch: B;
}

/** A call that takes longer is not going well, in milliseconds. */
const SLOW_MS = 2000;

function givenUp(cause: unknown): SendError {
  const message = 'the hub has not answered; the attempt was given up';
  return new SendError({ retryable: true, condition: 'no-answer', message, cause });
}

/** See the head of this file. */
export class HubCalls<B extends Batch> {
  readonly #partitionId: string;
  #destination: Destination<B>;
  #underWay: Promise<void> = Promise.resolve();
  /** Of the call that is under way. */
  #limit: AbortController | undefined;
  #startedAt = 0;

  constructor(destination: Destination<B>, partitionId: string) {
    this.#destination = destination;
    this.#partitionId = partitionId;
  }

  /** Makes further calls over another connection of the same hub. The one under way finishes as it is. */
  use(destination: Destination<B>): void {
    this.#destination = destination;
  }

  /** Whether the hub lets the call that is under way wait for long. */
  get isSlow(): boolean {
    return this.#limit !== undefined && performance.now() - this.#startedAt > SLOW_MS;
  }

  /** Gives up the call that is under way, if there is one: it rejects. */
  giveUp(): void {
    this.#limit?.abort();
  }

  /** Resolves when the call that is under way has ended, well or not. Never rejects. */
  ended(): Promise<void> {
    return this.#underWay;
  }

  /** Makes an empty batch. Rejects with a `SendError`. */
  async createBatch(signal: AbortSignal): Promise<MadeBatch<B>> {
    const destination = this.#destination;
    return {
      destination,
      batch: await this.#track(signal, (limited) => destination.createBatch(this.#partitionId, limited)),
    };
  }

  /** Whether a batch cannot be sent any more, so that a new one has to be made for the same events. */
  isOutdated({ destination, batch }: MadeBatch<B>): boolean {
    return batch.isStale || destination !== this.#destination;
  }

  /** Sends a batch. Rejects with a `SendError`. */
  send({ destination, batch }: MadeBatch<B>, signal: AbortSignal, answer: Answer): Promise<void> {
    return this.#track(signal, (limited) => destination.send(batch, limited, answer));
  }

  #track<T>(signal: AbortSignal, make: (limited: AbortSignal) => Promise<T>): Promise<T> {
    const call = withAbort(signal, (limit) => this.#make(limit, signal, make));
    this.#underWay = call.then(
      () => undefined,
      () => undefined,
    );
    return call;
  }

  async #make<T>(
    limit: AbortController,
    parent: AbortSignal,
    make: (limited: AbortSignal) => Promise<T>,
  ): Promise<T> {
    this.#limit = limit;
    this.#startedAt = performance.now();
    try {
      return await make(limit.signal);
    } catch (thrown) {
      throw limit.signal.aborted && !parent.aborted ? givenUp(thrown) : thrown;
    } finally {
      this.#limit = undefined;
    }
  }
}
