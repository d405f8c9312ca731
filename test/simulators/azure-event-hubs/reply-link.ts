/** Request and response over links: which link the answer goes to, and when it may be sent. */

import { section, sectionAt } from './amqp-bytes.js';
import {
  type AmqpError,
  type AmqpValue,
  type DecodedMessage,
  decodeMessage,
  encodeMessage,
  readTyped,
  types,
  type WireSender,
  type WireSession,
} from './rhea-wire.js';

/** A request taken apart. The id is kept with its AMQP type, because clients compare type and value. */
export interface NodeRequest {
  readonly message: DecodedMessage;
  readonly messageId: AmqpValue | undefined;
  readonly session: WireSession;
}

/** The answer to a request. */
export interface NodeResponse {
  readonly status: number;
  readonly description: string;
  readonly error?: AmqpError;
  readonly body?: unknown;
}

/**
 * Reads a request.
 *
 * @throws when the bytes are not a well-formed message.
 */
export function readRequest(bytes: Buffer, session: WireSession): NodeRequest {
  return { message: decodeMessage(bytes), messageId: messageIdOf(bytes), session };
}

/** An open link on which a node answers. Answers wait for credit: some clients grant one at a time. */
export class ReplyLink {
  readonly node: 'cbs' | 'management';
  readonly link: WireSender;
  readonly #waiting: Buffer[] = [];

  /** @param node which of the two nodes answers here. */
  constructor(node: 'cbs' | 'management', link: WireSender) {
    this.node = node;
    this.link = link;
  }

  /**
   * Whether the answer to a request of this node goes here: by its reply-to, which names the target address or
   * the link, or without one by the session the request came on.
   */
  answers(node: 'cbs' | 'management', request: NodeRequest): boolean {
    if (this.node !== node) return false;
    const replyTo = request.message.reply_to;
    if (replyTo) return replyTo === this.link.target?.address || replyTo === this.link.name;
    return this.link.session === request.session;
  }

  /** Sends an answer, now or when there is credit for it. */
  send(request: NodeRequest, response: NodeResponse): void {
    this.#waiting.push(encodeResponse(request, response));
    this.flush();
  }

  /** Sends what waits, as far as there is credit. To be called whenever the client gives credit. */
  flush(): void {
    let credit = this.link.credit;
    while (credit > 0 && this.link.session.outgoing.available() > 0) {
      const bytes = this.#waiting.shift();
      if (!bytes) return;
      this.link.send(bytes, undefined, 0);
      credit -= 1;
    }
  }
}

/** The status is an AMQP int; several SDKs fail on any other integer type. */
function encodeResponse(request: NodeRequest, response: NodeResponse): Buffer {
  const properties: Record<string, unknown> = {
    'status-code': types.wrap_int(response.status),
    'status-description': response.error?.description ?? response.description,
  };
  if (response.error) properties['error-condition'] = types.wrap_symbol(response.error.condition);
  const message: Record<string, unknown> = {
    application_properties: properties,
    body: response.body ?? null,
  };
  if (request.messageId !== undefined) message['correlation_id'] = request.messageId;
  return encodeMessage(message);
}

function messageIdOf(bytes: Buffer): AmqpValue | undefined {
  for (let offset = 0; offset < bytes.length; ) {
    const { code, valueStart, end } = sectionAt(bytes, offset);
    if (code === section.properties) {
      const fields: unknown = readTyped(bytes.subarray(valueStart, end)).value;
      const first: unknown = Array.isArray(fields) ? fields[0] : undefined;
      return isPresent(first) ? first : undefined;
    }
    offset = end;
  }
  return undefined;
}

function isPresent(value: unknown): value is AmqpValue {
  return typeof value === 'object' && value !== null && 'value' in value && value.value !== null;
}
