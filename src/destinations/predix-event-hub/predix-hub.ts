/**
 * A Predix Event Hub as a destination: the owner of the token, the link that is in use and the throttle. It makes a
 * link when there is something to send or to be proven, as soon as `Redial` allows it; while a token is renewed the
 * link before serves until the new one is there. It sends nothing again: what fails is the lane's to retry.
 */
import { crc32 } from 'node:zlib';
import type { Answer, Destination } from '../../delivery/destination.js';
import { SendError } from '../../errors.js';
import { openGrpcLink } from './grpc.js';
import type { PredixHubAddress, PredixProtocol, PredixSettings } from './hub-address.js';
import type { LinkAnswer } from './link.js';
import { MessageBatch } from './message-batch.js';
import { Publisher } from './publisher.js';
import { Redial } from './redial.js';
import { scopesFor } from './scopes.js';
import { ConnectionLoss, failureOf, THROTTLED } from './send-failure.js';
import { Throttle, type ThrottleStatus } from './throttle.js';
import type { PredixTiming } from './timing.js';
import { Uaa } from './uaa.js';
import { openWebSocketLink } from './websocket.js';

/** What is in use now, for the status. */
export interface PredixWay {
  readonly protocol: PredixProtocol;
  /** There while the service takes only so much. */
  readonly throttle: ThrottleStatus | undefined;
  /** There while the service has refused so often that somebody has to mend the options: its words. */
  readonly refusal: string | undefined;
}

/**
 * As many lanes as a topic has partitions (seed, "Subscribe"). Which partition a message goes to is the service's to
 * decide, by its key.
 */
const LANES: readonly string[] = ['0', '1', '2', '3', '4'];

/** See the head of this file. */
export class PredixHub implements Destination<MessageBatch> {
  readonly #address: PredixHubAddress;
  readonly #settings: PredixSettings;
  readonly #timing: PredixTiming;
  readonly #uaa: Uaa;
  readonly #redial: Redial;
  readonly #throttle: Throttle;
  readonly #renewal: NodeJS.Timeout;
  #publisher: Publisher | undefined;
  #dialing: Promise<Publisher> | undefined;
  #loss: ConnectionLoss | undefined;
  #isClosed = false;
  /** Links that end as soon as what is due on them is answered. */
  readonly #retiring = new Set<Promise<void>>();

  constructor(address: PredixHubAddress, settings: PredixSettings, timing: PredixTiming) {
    this.#address = address;
    this.#settings = settings;
    this.#timing = timing;
    const { zoneId, hubName, protocol } = address;
    const operation = protocol === 'grpc' ? 'grpc.publish' : 'wss.publish';
    const scopes = scopesFor({ zoneId, topics: [hubName], operation });
    this.#uaa = new Uaa({ ...address, scopes }, settings, timing.renewMs);
    this.#redial = new Redial(timing.redial);
    this.#throttle = new Throttle(timing.throttle);
    // Also where nothing is sent: a stream that the service ends with its token would be a loss.
    this.#renewal = setInterval(() => this.#renewIfDue(), Math.min(timing.aliveMs, timing.renewMs / 2));
  }

  /** See {@link PredixWay}. */
  get way(): PredixWay {
    const refusal = this.#redial.isRefused ? this.#loss?.message : undefined;
    return { protocol: this.#address.protocol, throttle: this.#throttle.status, refusal };
  }

  /** Does not rest any longer after refusals: something may have been mended. */
  hurry(): void {
    this.#redial.hurry();
  }

  async open(signal: AbortSignal): Promise<readonly string[]> {
    await this.#connected(signal);
    return LANES;
  }

  partitionFor(key: string, partitionIds: readonly string[]): string {
    return partitionIds[crc32(key) % partitionIds.length] ?? '';
  }

  async createBatch(): Promise<MessageBatch> {
    const { protocol, zoneId } = this.#address;
    return new MessageBatch(protocol, zoneId, this.#throttle.requestBytes);
  }

  async send(batch: MessageBatch, signal: AbortSignal, answer: Answer): Promise<void> {
    await this.#throttle.permit(batch.bytes, signal);
    const publisher = await this.#connected(signal);
    await publisher.publish(batch, signal, (index, answered) => {
      answer(index, this.#failureOf(answered, batch.bytesOf(index)));
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#renewal);
    await this.#dialing?.catch(() => undefined);
    await Promise.all([this.#publisher?.close(), ...this.#retiring]);
  }

  #failureOf({ statusCode, description }: LinkAnswer, bytes: number): SendError | undefined {
    const failure = failureOf(statusCode, description);
    if (failure === undefined) this.#throttle.accepted(bytes);
    if (failure?.condition !== THROTTLED) return failure;
    this.#throttle.refused();
    const { condition, message } = failure;
    return new SendError({ retryable: true, condition, message, minimumWaitMs: this.#throttle.pauseMs });
  }

  /** The link in use, or a new one. Rejects with a `SendError`. */
  async #connected(signal: AbortSignal): Promise<Publisher> {
    if (this.#publisher?.isOpen === true) {
      this.#renewIfDue();
      return this.#publisher;
    }
    if (this.#dialing === undefined) this.#mayDial();
    return unlessAborted(this.#dialing ?? this.#dial(), signal);
  }

  /** Makes a link and puts it in the place of the one in use. One at a time; whoever needs it waits for it. */
  #dial(): Promise<Publisher> {
    const before = this.#publisher;
    const dialing = this.#openLink()
      .then((publisher) => {
        this.#publisher = publisher;
        if (before?.isOpen === true) this.#retire(before);
        return publisher;
      })
      .finally(() => {
        this.#dialing = undefined;
      });
    this.#dialing = dialing;
    return dialing;
  }

  #retire(publisher: Publisher): void {
    const ended = publisher.retire().finally(() => this.#retiring.delete(ended));
    this.#retiring.add(ended);
  }

  /** @throws SendError when no connection may be made now */
  #mayDial(): void {
    const { waitMs, isRefused } = this.#redial;
    if (this.#isClosed)
      throw new ConnectionLoss('lost', 'closed', 'the connection to the event hub was closed');
    if (waitMs === 0) return;
    const { condition = 'UNAVAILABLE', message = 'the connection to the event hub was lost' } =
      this.#loss ?? {};
    const seconds = Math.ceil(waitMs / 1000);
    const next = isRefused
      ? `; refused ${this.#timing.redial.refusals} times in a row, so the options have to be mended; tried again in ${seconds} s`
      : `; tried again in ${seconds} s`;
    throw new SendError({ retryable: true, condition, message: `${message}${next}`, minimumWaitMs: waitMs });
  }

  async #openLink(): Promise<Publisher> {
    try {
      const token = await this.#uaa.token();
      const open = this.#address.protocol === 'grpc' ? openGrpcLink : openWebSocketLink;
      const options = { address: this.#address, settings: this.#settings, token, timing: this.#timing };
      return await Publisher.open({
        token,
        open: (events) => open(options, events),
        answerMs: this.#timing.answerMs,
        events: {
          answered: () => this.#redial.succeeded(),
          lost: (publisher, loss) => this.#lost(publisher, loss),
        },
      });
    } catch (thrown) {
      if (thrown instanceof ConnectionLoss) this.#noteLoss(thrown);
      throw thrown;
    }
  }

  #lost(publisher: Publisher, loss: ConnectionLoss): void {
    // One that was good until its token ended is no reason to wait: a new token mends it. When exactly that was,
    // only the service knows.
    const isRenewable = loss.kind === 'refused' && publisher.wasAnswered && this.#uaa.isDue;
    if (isRenewable) this.#uaa.forget();
    else this.#noteLoss(loss);
  }

  #noteLoss(loss: ConnectionLoss): void {
    this.#loss = loss;
    this.#redial.failed(loss.kind);
    if (loss.kind === 'refused') this.#uaa.forget();
  }

  /** Makes a link with a new token beside the one in use, and puts it in its place. */
  #renewIfDue(): void {
    const before = this.#publisher;
    if (before?.isOpen !== true || !this.#uaa.isDue || this.#dialing !== undefined) return;
    if (this.#isClosed || this.#redial.waitMs > 0) return;
    // The link before is good as long as the service leaves it open.
    this.#dial().catch(() => undefined);
  }
}

/** Waits for something that others wait for too, and goes on without this caller. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) throw givenUp();
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(givenUp());
    signal.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}

function givenUp(): SendError {
  return new SendError({ retryable: true, condition: 'cancelled', message: 'the attempt was given up' });
}
