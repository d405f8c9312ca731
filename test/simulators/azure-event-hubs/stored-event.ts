/** One event in the log of a partition. */
import { type DecodedMessage, decodeMessage } from './rhea-wire.js';

/** Where and when an event was stored. */
export interface EventPlace {
  readonly sequenceNumber: number;
  readonly offset: string;
  readonly enqueuedTimeMs: number;
}

/**
 * An event as its producer encoded it, with its place in the partition. It is decoded when first looked into.
 */
export class StoredEvent implements EventPlace {
  readonly sequenceNumber: number;
  /** Opaque text; greater for later events of the same partition. */
  readonly offset: string;
  /** When it was stored, Unix time in milliseconds. */
  readonly enqueuedTimeMs: number;
  /** The message exactly as the producer encoded it. */
  readonly encoded: Buffer;
  /** The key it was routed by, when it was sent with one. */
  readonly partitionKey: string | undefined;
  #decoded: DecodedMessage | undefined;

  /** @param partitionKey the key of the envelope the event came in. */
  constructor(place: EventPlace, encoded: Buffer, partitionKey: string | undefined) {
    this.sequenceNumber = place.sequenceNumber;
    this.offset = place.offset;
    this.enqueuedTimeMs = place.enqueuedTimeMs;
    this.encoded = encoded;
    this.partitionKey = partitionKey;
  }

  /** The bytes of the data body; a body of another kind as its JSON text. */
  get body(): Buffer {
    return bodyBytes(this.message.body);
  }

  /** The application properties. */
  get properties(): Readonly<Record<string, unknown>> {
    return this.message.application_properties ?? {};
  }

  /** The message annotations as sent; those the hub adds are the fields of this object. */
  get annotations(): Readonly<Record<string, unknown>> {
    return this.message.message_annotations ?? {};
  }

  /** The message-id property, if any. */
  get messageId(): unknown {
    return this.message.message_id;
  }

  /** The content-type property, if any. */
  get contentType(): string | undefined {
    return this.message.content_type ?? undefined;
  }

  /**
   * The whole message, decoded.
   *
   * @throws when the event is no well-formed message behind its section headers.
   */
  get message(): DecodedMessage {
    this.#decoded ??= decodeMessage(this.encoded);
    return this.#decoded;
  }
}

/** rhea gives a data body as an object with `content`, several data sections as `multiple` with a list. */
function bodyBytes(body: unknown): Buffer {
  const content = isSection(body) ? body.content : body;
  if (Buffer.isBuffer(content)) return content;
  if (Array.isArray(content) && content.every((part) => Buffer.isBuffer(part))) return Buffer.concat(content);
  return Buffer.from(JSON.stringify(content ?? null));
}

function isSection(body: unknown): body is { content: unknown } {
  return typeof body === 'object' && body !== null && 'typecode' in body && 'content' in body;
}
