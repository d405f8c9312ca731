/** Idempotent publishing on one link: the terms agreed at attach and the numbers on the events. */

import { EnvelopeError } from './envelope.js';
import { desires } from './hub-link.js';
import type { Publisher, PublisherSequences, SequenceVerdict } from './idempotence.js';
import { decodeMessage, types, type WireReceiver } from './rhea-wire.js';

const capability = 'com.microsoft:idempotent-producer';
const epochName = 'com.microsoft:producer-epoch';
const idName = 'com.microsoft:producer-id';
const sequenceName = 'com.microsoft:producer-sequence-number';

/** The producer behind a link that asked for idempotent publishing. */
export class LinkPublisher {
  readonly #publisher: Publisher;
  readonly #epoch: number;
  readonly #sequences: PublisherSequences;

  private constructor(publisher: Publisher, sequences: PublisherSequences) {
    this.#publisher = publisher;
    this.#epoch = publisher.epoch;
    this.#sequences = sequences;
  }

  /** Whether the attach asks for idempotent publishing. */
  static isAskedFor(link: WireReceiver): boolean {
    return desires(link, capability);
  }

  /**
   * Registers the producer and writes its numbers into the reply: epoch as short, id as long, last sequence
   * number as int.
   *
   * @returns undefined when a higher epoch of the producer is known.
   */
  static open(link: WireReceiver, sequences: PublisherSequences): LinkPublisher | undefined {
    const properties = link.properties ?? {};
    const lastSequence = numberOf(properties[sequenceName]);
    const publisher = sequences.open({
      id: numberOf(properties[idName]),
      epoch: numberOf(properties[epochName]),
      lastSequence,
    });
    if (!publisher) return undefined;
    link.local.attach.offered_capabilities = capability;
    link.local.attach.properties = {
      [epochName]: types.wrap_short(publisher.epoch),
      [idName]: types.wrap_long(publisher.id),
      // A client that tells its number counts on from it; after a lost answer that is less than what is stored,
      // and the repeat it is about to send is known by it.
      [sequenceName]: types.wrap_int(lastSequence ?? publisher.lastSequence),
    };
    return new LinkPublisher(publisher, sequences);
  }

  /**
   * What is to be done with a batch, by the number its first event carries. Events without numbers are stored.
   *
   * @throws EnvelopeError when the first event cannot be decoded.
   */
  judge(events: readonly Buffer[]): SequenceVerdict {
    const [first] = events;
    if (!first) return 'store';
    const sequence = numberOf(annotationsOf(first)[sequenceName]);
    if (sequence === undefined) return 'store';
    return this.#sequences.accept(this.#publisher, this.#epoch, sequence, events.length);
  }
}

function annotationsOf(event: Buffer): Readonly<Record<string, unknown>> {
  try {
    return decodeMessage(event).message_annotations ?? {};
  } catch (error) {
    throw new EnvelopeError(error instanceof Error ? error.message : String(error));
  }
}

/** rhea gives integers as numbers, and as their eight bytes when they do not fit. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (Buffer.isBuffer(value) && value.length === 8) return Number(value.readBigInt64BE());
  return undefined;
}
