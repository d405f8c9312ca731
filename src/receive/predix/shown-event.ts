/** A message of a Predix Event Hub in the form in which events of Azure's are shown, so that they look the same. */
import type { ShownEvent } from '../event-text.js';
import type { DeliveredMessage, WireTime } from './subscriber-wire.js';

/** How bodies that are no JSON are published over WebSocket, where a body has to be some. */
const BASE64_TEXT = /^"(?:[A-Za-z0-9+/]|\\\/)*={0,2}"$/;

/** The name of a topic, which may come with the zone before it (Predix contract, section 19). */
export function topicOf({ topic }: Pick<DeliveredMessage, 'topic'>, zoneId: string): string {
  return topic.startsWith(`${zoneId}_`) ? topic.slice(zoneId.length + 1) : topic;
}

/**
 * Makes the form.
 * @param message as it came
 * @param zoneId of the reader
 */
export function shownEvent(message: DeliveredMessage, zoneId: string): ShownEvent {
  const { id, tags, key, offset, timestamp } = message;
  const { contentType, messageId, ...others } = tags;
  // Anybody may publish, and have a tag of this name that says something else.
  const properties = messageId === undefined || messageId === id ? others : { ...others, messageId };
  return {
    topic: topicOf(message, zoneId),
    body: bodyOf(message),
    messageId: id,
    ...(contentType === undefined ? {} : { contentType }),
    partitionKey: key.length === 0 ? null : key.toString(),
    properties,
    sequenceNumber: Number(offset),
    offset,
    enqueuedTimeUtc: timeOf(timestamp) ?? new Date(),
    getRawAmqpMessage: () => {
      throw new Error('there is no AMQP message');
    },
  };
}

/** The bytes as they were before a text in base64 was made of them. */
function bodyOf({ body, tags }: DeliveredMessage): Buffer {
  if (tags['bodyEncoding'] !== 'base64') return body;
  const text = body.toString();
  return BASE64_TEXT.test(text) ? Buffer.from(JSON.parse(text) as string, 'base64') : body;
}

/** `undefined` when there is none, or it is no time: a publisher may have set it. */
function timeOf(timestamp: WireTime | null): Date | undefined {
  if (timestamp === null) return undefined;
  const time = new Date(Number(timestamp.seconds) * 1000 + Math.floor(timestamp.nanos / 1_000_000));
  return Number.isNaN(time.getTime()) ? undefined : time;
}
