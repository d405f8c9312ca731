/**
 * The messages of one publish request, encoded when they are added (Predix contract, sections 2, 6 and 9).
 *
 * The service answers for each message by itself, so no two events of one key are in the same request: it could take
 * the later one and refuse the earlier one. Decision 0013 says what that costs.
 */
import { isUtf8 } from 'node:buffer';
import type { Batch } from '../../delivery/destination.js';
import type { HubEvent } from '../../mapping/hub-event.js';
import type { PredixProtocol } from './hub-address.js';
import { encodeMessage, encodeRequest, framedBytes } from './wire.js';

/** The most bytes that a request may have, serialized, tags included (seed, "Maximum Message Size"). */
export const MOST_REQUEST_BYTES = 921_600;

/** How requests of one protocol are encoded. */
interface Encoding {
  /** Bytes of a request without messages. */
  readonly emptyBytes: number;
  encode(event: HubEvent, zoneId: string): Buffer;
  /** What a message takes in a request. */
  framed(bytes: number): number;
  request(messages: readonly Buffer[]): Buffer;
}

/** What is known of an event besides its body; all of it text. */
function tagsOf({ properties, messageId, contentType }: HubEvent): Readonly<Record<string, string>> {
  return { ...properties, messageId, contentType };
}

/** Field and length of the list of messages: one byte and at most three. */
const LIST_BYTES = 4;

const GRPC: Encoding = {
  emptyBytes: LIST_BYTES,
  encode: (event, zoneId) =>
    encodeMessage({
      id: event.messageId,
      body: event.body,
      zone_id: zoneId,
      tags: tagsOf(event),
      key: Buffer.from(event.partitionKey),
    }),
  framed: framedBytes,
  request: encodeRequest,
};

const COMMA = Buffer.from(',');

/**
 * The body as a JSON value: the bytes as they are where they are one. Anything else, such as a packed body, becomes
 * a text in base64, and a tag says so.
 */
function jsonBodyOf(event: HubEvent): {
  readonly body: Buffer;
  readonly tags: Readonly<Record<string, string>>;
} {
  const { body, contentType, contentEncoding } = event;
  const isJson = contentEncoding === undefined && /[/+]json$/.test(contentType) && isUtf8(body);
  const tags = tagsOf(event);
  if (isJson) return { body, tags };
  return { body: Buffer.from(`"${body.toString('base64')}"`), tags: { ...tags, bodyEncoding: 'base64' } };
}

const WEBSOCKET: Encoding = {
  emptyBytes: 2,
  encode: (event, zoneId) => {
    const { body, tags } = jsonBodyOf(event);
    const rest = JSON.stringify({ zoneId, tags }).slice(1);
    return Buffer.concat([
      Buffer.from(`{"id":${JSON.stringify(event.messageId)},"body":`),
      body,
      Buffer.from(`,${rest}`),
    ]);
  },
  framed: (bytes) => bytes + COMMA.length,
  request: (messages) =>
    Buffer.concat([
      Buffer.from('['),
      ...messages.flatMap((message, at) => (at === 0 ? [message] : [COMMA, message])),
      Buffer.from(']'),
    ]),
};

/** See the head of this file. */
export class MessageBatch implements Batch {
  readonly ids: string[] = [];
  readonly #encoding: Encoding;
  readonly #zoneId: string;
  /** A request should be no larger, unless it holds one message alone. */
  readonly #wishedBytes: number;
  readonly #messages: Buffer[] = [];
  readonly #keys = new Set<string>();
  #bytes: number;
  #wasSent = false;

  /**
   * @param protocol decides the encoding
   * @param zoneId stands in each message
   * @param wishedBytes how large the request should be at most
   */
  constructor(protocol: PredixProtocol, zoneId: string, wishedBytes = MOST_REQUEST_BYTES) {
    this.#encoding = protocol === 'grpc' ? GRPC : WEBSOCKET;
    this.#zoneId = zoneId;
    this.#wishedBytes = Math.min(wishedBytes, MOST_REQUEST_BYTES);
    this.#bytes = this.#encoding.emptyBytes;
  }

  /** What was sent may be answered in parts: each attempt gets a batch of its own. */
  get isStale(): boolean {
    return this.#wasSent;
  }

  /** No less than the size of the request, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The encoded messages, in the order of their ids. */
  get messages(): readonly Buffer[] {
    return this.#messages;
  }

  tryAdd(event: HubEvent): boolean {
    const message = this.#encoding.encode(event, this.#zoneId);
    const bytes = this.#bytes + this.#encoding.framed(message.length);
    const most = this.#messages.length === 0 ? MOST_REQUEST_BYTES : this.#wishedBytes;
    if (bytes > most) return false;
    this.#messages.push(message);
    this.#bytes = bytes;
    this.#keys.add(event.partitionKey);
    this.ids.push(event.messageId);
    return true;
  }

  mustWait(event: HubEvent): boolean {
    return this.#keys.has(event.partitionKey);
  }

  /** The request, which goes out once. */
  take(): Buffer {
    this.#wasSent = true;
    return this.#encoding.request(this.#messages);
  }
}
