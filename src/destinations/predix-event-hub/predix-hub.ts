/**
 * A Predix Event Hub as a destination. It keeps to what the service takes, and says what its answers mean for a lane.
 * It sends nothing again: what fails is the lane's to retry.
 */
import { crc32 } from 'node:zlib';
import type { Answer, Destination } from '../../delivery/destination.js';
import { SendError } from '../../errors.js';
import { Connection } from './connection.js';
import type { PredixHubAddress, PredixProtocol, PredixSettings } from './hub-address.js';
import type { LinkAnswer } from './link.js';
import { MessageBatch } from './message-batch.js';
import { failureOf, THROTTLED } from './send-failure.js';
import { Throttle, type ThrottleStatus } from './throttle.js';
import type { PredixTiming } from './timing.js';

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
  readonly #connection: Connection;
  readonly #throttle: Throttle;

  /**
   * @param address which hub, and how to get in
   * @param settings of the process
   * @param timing other than the default only in tests
   */
  constructor(address: PredixHubAddress, settings: PredixSettings, timing: PredixTiming) {
    this.#address = address;
    this.#connection = new Connection(address, settings, timing);
    this.#throttle = new Throttle(timing.throttle);
  }

  /** See {@link PredixWay}. */
  get way(): PredixWay {
    const { protocol } = this.#address;
    return { protocol, throttle: this.#throttle.status, refusal: this.#connection.refusal };
  }

  /** Does not rest any longer after refusals: something may have been mended. */
  hurry(): void {
    this.#connection.hurry();
  }

  async open(signal: AbortSignal): Promise<readonly string[]> {
    await this.#connection.publisher(signal);
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
    const publisher = await this.#connection.publisher(signal);
    await publisher.publish(batch, signal, (index, answered) => {
      answer(index, this.#failureOf(answered, batch.messages[index]?.length ?? 0));
    });
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  #failureOf({ statusCode, description }: LinkAnswer, bytes: number): SendError | undefined {
    const failure = failureOf(statusCode, description);
    if (failure === undefined) this.#throttle.accepted(bytes);
    if (failure?.condition !== THROTTLED) return failure;
    this.#throttle.refused();
    const { condition, message } = failure;
    return new SendError({ retryable: true, condition, message, minimumWaitMs: this.#throttle.pauseMs });
  }
}
