/**
 * One run of the reader of a Predix Event Hub: the owner of the token and of reconnects. Its states:
 *
 *     waiting    no connection may be made yet (`Redial`)    -> reading   the time is over, and there is a token
 *     reading    a stream is open                            -> waiting   it was lost
 *                                                            -> reading   there is a new token: another stream
 *                                                            -> over      refused at the first contact, or so often
 *     any                                                    -> over      the signal; as many events as asked for
 */
import { withAbort } from '../../abort.js';
import { wait } from '../../backoff.js';
import { Redial } from '../../destinations/predix-event-hub/redial.js';
import { scopesFor } from '../../destinations/predix-event-hub/scopes.js';
import { ConnectionLoss } from '../../destinations/predix-event-hub/send-failure.js';
import { Uaa } from '../../destinations/predix-event-hub/uaa.js';
import { EventCounter } from '../event-counter.js';
import type { Counts, PartitionFigures } from '../figures.js';
import { OutputClosed } from '../line-output.js';
import type { EventOutput } from '../partition-events.js';
import { refusal, withoutSecret } from './failures.js';
import type { PredixReadingOptions } from './options.js';
import { runSession, type SessionEnd } from './session.js';

/** See the head of this file. */
export class PredixReading {
  readonly #options: PredixReadingOptions;
  readonly #output: EventOutput;
  readonly #scopes: readonly (readonly string[])[];
  readonly #uaa: Uaa;
  readonly #redial: Redial;
  readonly #counter: EventCounter;
  readonly #read = new Map<string, number>();
  #failure: Error | undefined;
  #wasAccepted = false;
  #isAway = true;

  /**
   * @param options what to read
   * @param output where events and remarks go
   */
  constructor(options: PredixReadingOptions, output: EventOutput) {
    const { connection, topics, timing } = options;
    this.#options = options;
    this.#output = {
      show: (event, partitionId) => output.show(event, partitionId),
      flush: () => output.flush(),
      notice: (text) => output.notice(withoutSecret(text, connection)),
    };
    this.#scopes = scopesFor({ zoneId: connection.zoneId, topics, operation: 'grpc.subscribe' });
    this.#uaa = new Uaa({ ...connection, scopes: this.#scopes }, connection.settings, timing.renewMs);
    this.#redial = new Redial(timing.redial);
    this.#counter = new EventCounter(options);
  }

  /** Counted since the start. */
  get counts(): Counts {
    return this.#counter.counts;
  }

  /** How far each partition was read. How much is left is nothing that the service tells. */
  async figures(): Promise<readonly PartitionFigures[]> {
    return [...this.#read]
      .map(([partitionId, read]) => ({ partitionId, read, lag: undefined }))
      .sort((one, other) => one.partitionId.localeCompare(other.partitionId));
  }

  /**
   * Reads until the signal, the last event asked for, or a failure; ends in order.
   * @param signal ends reading, which unsubscribes
   * @throws ReceiveError when the service or the UAA refuses this reader
   */
  async run(signal: AbortSignal): Promise<void> {
    await withAbort(signal, async (controller) => {
      while (!controller.signal.aborted) {
        await wait(this.#redial.waitMs, controller.signal);
        if (!controller.signal.aborted) await this.#readOnce(controller);
      }
    });
    // Whoever reads the output has enough: that is how it is meant to end.
    if (this.#failure !== undefined && !(this.#failure instanceof OutputClosed)) throw this.#failure;
  }

  async #readOnce(controller: AbortController): Promise<void> {
    const { loss, wasAccepted } = await this.#session(controller);
    if (loss === undefined || controller.signal.aborted) return;
    this.#isAway = true;
    // One that was good until its token ended is no reason to wait; a new token mends it. The service's clock decides.
    if (wasAccepted && loss.kind === 'refused' && this.#uaa.isDue) this.#uaa.forget();
    else this.#lost(loss, controller);
  }

  async #session(controller: AbortController): Promise<SessionEnd> {
    try {
      const token = await unlessAborted(this.#uaa.token(), controller.signal);
      if (token === undefined) return { loss: undefined, wasAccepted: false };
      return await runSession(this.#sessionParts(controller), token, controller.signal);
    } catch (thrown) {
      if (thrown instanceof ConnectionLoss) return { loss: thrown, wasAccepted: false };
      throw thrown;
    }
  }

  #sessionParts(controller: AbortController): Parameters<typeof runSession>[0] {
    return {
      options: this.#options,
      uaa: this.#uaa,
      zoneId: this.#options.connection.zoneId,
      counter: this.#counter,
      output: this.#output,
      accepted: () => this.#accepted(),
      handled: (topic, { partition, offset }) => this.#read.set(`${topic}/${partition}`, Number(offset)),
      end: (failure) => {
        this.#failure ??= failure;
        controller.abort();
      },
    };
  }

  #accepted(): void {
    this.#redial.succeeded();
    if (this.#isAway) this.#output.notice(this.#wasAccepted ? 'subscribed again' : 'subscribed');
    this.#wasAccepted = true;
    this.#isAway = false;
  }

  /** At the first contact, a refusal means a wrong setting; later, perhaps a secret that is just being changed. */
  #lost(loss: ConnectionLoss, controller: AbortController): void {
    if (loss.kind === 'refused') this.#uaa.forget();
    this.#redial.failed(loss.kind);
    if (loss.kind === 'refused' && (!this.#wasAccepted || this.#redial.isRefused)) {
      const { connection, topics } = this.#options;
      this.#failure ??= refusal(loss, { connection, topics, scopes: this.#scopes });
      controller.abort();
      return;
    }
    this.#output.notice(`${loss.message}; trying again in ${Math.ceil(this.#redial.waitMs / 1000)} s`);
  }
}

/** Resolves with undefined when the signal was faster. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return withAbort(signal, async (controller) => {
    const cut = new Promise<undefined>((resolve) => {
      if (signal.aborted) resolve(undefined);
      controller.signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    return Promise.race([promise, cut]);
  });
}
