/**
 * A message on its way to one connection. Its states, and what leads from each to the next:
 *
 *     queued     waits to be written                     -> sent     written
 *                                                        -> settled  acknowledged after it was sent before; too old
 *     sent       written, and not acknowledged yet       -> settled  acknowledged; without acks: all bytes are written
 *                                                        -> failed   the client says so
 *                                                        -> queued   its time to come again; one retry more
 *                                                        -> settled  no retries are left: dropped
 *     failed     waits for the next retry                -> settled  acknowledged after all, or no retries are left
 *                                                        -> queued   its time to come again; one retry more
 *     any of these                                       -> lost     its partition has got another owner, or the
 *                                                                    connection is closed: it will be delivered again
 *     settled    the position may move past it           nothing leads out
 *     lost       means nothing here any more             nothing leads out
 */
import { encodeMessage, type WireMessage } from '../protocol.js';
import { type StoredMessage, toWire } from '../store/partition.js';

/** One of the states above. */
export type DeliveryState = 'queued' | 'sent' | 'failed' | 'settled' | 'lost';

const leadsTo: Readonly<Record<DeliveryState, readonly DeliveryState[]>> = {
  queued: ['sent', 'settled', 'lost'],
  sent: ['settled', 'failed', 'queued', 'lost'],
  failed: ['settled', 'queued', 'lost'],
  settled: [],
  lost: [],
};

/** What a message needs beside its own bytes to be one of several. */
const wrapperBytes = 5;

/** See the head of this file. */
export class Delivery {
  readonly message: StoredMessage;
  readonly wire: Partial<WireMessage>;
  #state: DeliveryState = 'queued';
  #sends = 0;
  #bytes: number | undefined;

  constructor(message: StoredMessage) {
    this.message = message;
    this.wire = toWire(message);
  }

  get state(): DeliveryState {
    return this.#state;
  }

  /** How often it was sent. */
  get sends(): number {
    return this.#sends;
  }

  /** Size within a batch, in bytes. */
  get bytes(): number {
    this.#bytes ??= encodeMessage(this.wire).length + wrapperBytes;
    return this.#bytes;
  }

  /**
   * Goes on to another state.
   *
   * @throws when the table above has no such way: a fault of this program.
   */
  become(next: DeliveryState): void {
    if (!leadsTo[this.#state].includes(next)) {
      const { topic, partition, offset } = this.message;
      throw new Error(`${topic}/${partition}/${offset}: no way from ${this.#state} to ${next}`);
    }
    this.#state = next;
    if (next === 'sent') this.#sends++;
  }
}
