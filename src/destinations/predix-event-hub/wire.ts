/** The protocol buffers of Predix Event Hub and of health checking, as encoders and decoders. */
import { fileURLToPath } from 'node:url';
import type { MethodDefinition } from '@grpc/grpc-js';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';

/** An acknowledgement, as far as a publisher needs it (Predix contract, section 2). */
export interface Ack {
  readonly id: string;
  readonly status_code: number;
  readonly desc: string;
}

/** What a publisher says of a message. */
export interface Message {
  readonly id: string;
  readonly body: Buffer;
  readonly zone_id: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly key: Buffer;
}

/** A message in its encoded form. */
export type EncodedMessage = Buffer;

function load(file: string): PackageDefinition {
  const path = fileURLToPath(new URL(file, import.meta.url));
  // Offsets as texts, as they may be too large for a number; numbers of statuses, as the list of them may grow.
  return loadSync(path, { keepCase: true, longs: String, enums: Number, defaults: true });
}

/** What Predix Event Hub speaks. */
export const EVENT_HUB = load('./event-hub.proto');
const HEALTH = load('./health.proto');

/** A method of a service. */
export function methodOf<Q, A>(
  definition: PackageDefinition,
  service: string,
  method: string,
): MethodDefinition<Q, A> {
  const found = (definition[service] as Record<string, MethodDefinition<Q, A>> | undefined)?.[method];
  if (found === undefined) throw new Error(`the protocol has no method ${service}/${method}`);
  return found;
}

const send = methodOf<unknown, { readonly ack: readonly Ack[] }>(
  EVENT_HUB,
  'predix.eventhub.Publisher',
  'send',
);

/** `Publisher/send`. */
export const SEND = { path: send.path, decode: send.responseDeserialize };

/** `grpc.health.v1.Health/Check`. */
export const CHECK = methodOf<{ readonly service: string }, { readonly status: number }>(
  HEALTH,
  'grpc.health.v1.Health',
  'Check',
);

const encode = methodOf<unknown, Message>(
  EVENT_HUB,
  'predix.eventhub.Subscriber',
  'receive',
).responseSerialize;

/** Encodes a message. */
export function encodeMessage(message: Message): EncodedMessage {
  return encode(message);
}

/** Field 1 with a length before its content: `Messages.msg`, and `PublishRequest.messages`. */
const FIELD_1 = 0x0a;

/** The bytes that a message takes within a request. */
export function framedBytes(bytes: number): number {
  return 1 + varintBytes(bytes) + bytes;
}

/**
 * The encoded `PublishRequest` of encoded messages. Each is encoded once, when it is added to its batch; encoding the
 * request from objects would do all of it again.
 */
export function encodeRequest(messages: readonly EncodedMessage[]): Buffer {
  const bytes = messages.reduce((sum, { length }) => sum + framedBytes(length), 0);
  return Buffer.concat([lengthField(bytes), ...messages.flatMap((each) => [lengthField(each.length), each])]);
}

/** @param length of the content, in bytes */
function lengthField(length: number): Buffer {
  const field = [FIELD_1];
  let rest = length;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) field.push((rest % 0x80) | 0x80);
  field.push(rest);
  return Buffer.from(field);
}

function varintBytes(value: number): number {
  let count = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) count++;
  return count;
}
