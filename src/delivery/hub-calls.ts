/** The calls of its hub that a lane makes, one after the other, over the connection that is in use. */
import type { Batch, Destination } from './destination.js';

/** A batch, and the connection that it was made for. */
export interface MadeBatch<B extends Batch> {
  readonly destination: Destination<B>;
  readonly batch: B;
}

/** See the head of this file. */
export class HubCalls<B extends Batch> {
  readonly #partitionId: string;
  #destination: Destination<B>;
  #underWay: Promise<void> = Promise.resolve();

  constructor(destination: Destination<B>, partitionId: string) {
    this.#destination = destination;
    this.#partitionId = partitionId;
  }

  /** Makes further calls over another connection of the same hub. The one under way finishes as it is. */
  use(destination: Destination<B>): void {
    this.#destination = destination;
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
      batch: await this.#track(destination.createBatch(this.#partitionId, signal)),
    };
  }

  /** Whether a batch cannot be sent any more, so that a new one has to be made for the same events. */
  isOutdated({ destination, batch }: MadeBatch<B>): boolean {
    return batch.isStale || destination !== this.#destination;
  }

  /** Sends a batch. Rejects with a `SendError`. */
  send({ destination, batch }: MadeBatch<B>, signal: AbortSignal): Promise<void> {
    return this.#track(destination.send(batch, signal));
  }

  #track<T>(call: Promise<T>): Promise<T> {
    this.#underWay = call.then(
      () => undefined,
      () => undefined,
    );
    return call;
  }
}
