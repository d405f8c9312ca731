/** What becomes of a published message, whichever protocol it came by (Predix contract, sections 4, 5 and 9). */
import { AckStatus, encodeMessage, type Timestamp, type WireAck } from '../protocol.js';
import type { StoredMessage } from '../store/partition.js';
import type { Topic } from '../store/topic.js';
import type { RateLimit } from './rate-limit.js';

/** Messages have to be smaller than this, and a request no larger; in bytes. */
export const oneMegabyte = 1_048_576;

/** What a publisher sends of a message. */
export interface Submitted {
  readonly id: string;
  readonly body: Buffer;
  /** Empty: that of the stream. */
  readonly zone_id: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly key: Buffer;
  readonly timestamp: Timestamp | null;
}

/** Lets messages be answered otherwise than they would be. */
export interface PublishFaults {
  /** The answer for a message in the place of taking it; undefined: none. */
  intercept(message: Submitted): { readonly status: number; readonly desc: string } | undefined;
}

/** Where the messages of a stream go. */
export interface PublicationParts {
  readonly zone: string;
  readonly topic: Topic;
  readonly rateLimit: RateLimit;
  readonly faults: PublishFaults;
  /** Says that a publisher is limited, so that it can be found in the log. */
  readonly onLimited: () => void;
}

/** Text of the answer to what exceeds the limit; clients recognise it (seed, "Rate Limiting"). */
export const tooManyRequests = 'Too Many Requests';

/** See the head of this file. */
export class Publication {
  readonly #parts: PublicationParts;

  constructor(parts: PublicationParts) {
    this.#parts = parts;
  }

  /**
   * Takes a request: every message is answered by itself.
   *
   * @param requestBytes size of the whole request as it came.
   * @param answer called once for each message.
   */
  submit(messages: readonly Submitted[], requestBytes: number, answer: (ack: WireAck) => void): void {
    const isTooLarge = requestBytes > oneMegabyte;
    for (const message of messages) {
      const refusal = isTooLarge ? refuse('The request is larger than 1 MB') : this.#check(message);
      if (refusal !== undefined) answer(nack(message, refusal.status, refusal.desc));
      else this.#store(message, answer);
    }
  }

  #check(message: Submitted): { status: number; desc: string } | undefined {
    const { zone, rateLimit, faults, onLimited } = this.#parts;
    if (message.id === '') return refuse('The message has no id');
    if (message.zone_id !== '' && message.zone_id !== zone) return refuse('The message is for another zone');
    const bytes = sizeOf(message);
    if (bytes >= oneMegabyte) return refuse('The message is not smaller than 1 MB');
    const intercepted = faults.intercept(message);
    if (intercepted !== undefined) return intercepted;
    if (rateLimit.take(zone, bytes)) return undefined;
    onLimited();
    return { status: AckStatus.failed, desc: tooManyRequests };
  }

  #store(message: Submitted, answer: (ack: WireAck) => void): void {
    const { zone, topic } = this.#parts;
    if (topic.isDeleted) {
      answer(nack(message, AckStatus.failed, 'The topic was deleted'));
      return;
    }
    // The service stops: what was still on its way is as if it had never come, and nobody answers for it.
    if (topic.isClosed) return;
    const { id, body, tags, key, timestamp } = message;
    const accepted = { id, body, zoneId: zone, tags, key, timestamp: timestamp ?? undefined };
    topic.append(accepted, (stored) => answer(success(stored)));
  }
}

function refuse(desc: string): { status: number; desc: string } {
  return { status: AckStatus.badRequest, desc };
}

/** Tags count (seed, "Subscriptions with Acknowledgements"); only near the limit is it worth to encode the message. */
function sizeOf(message: Submitted): number {
  const { id, body, zone_id, tags, key } = message;
  let bytes = id.length + body.length + zone_id.length + key.length;
  for (const [name, value] of Object.entries(tags)) bytes += name.length + value.length;
  return bytes > oneMegabyte / 8 ? encodeMessage(message).length : bytes;
}

function success({ id, topic, partition, offset, timestamp }: StoredMessage): WireAck {
  const place = { topic, partition, offset: String(offset), timestamp };
  return { id, status_code: AckStatus.accepted, desc: 'Message successfully sent', ...place };
}

function nack({ id, body, zone_id, tags, key }: Submitted, status: number, desc: string): WireAck {
  return { id, status_code: status, desc, body, zone_id, tags, key };
}
