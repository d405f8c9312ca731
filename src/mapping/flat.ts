/**
 * The `flat` format: the body's own fields at the top level, preceded by `message` (the ack header), `channel`
 * (the description line), `action` and `messageId`. Where the body has one of these names itself, its value
 * stays and the header's is left to the event's properties, so that no name stands twice.
 */
import type { Notification } from '../notifications/frame.js';
import type { EventBody } from './hub-event.js';
import type { JsonBody } from './json-body.js';

const JSON_TYPE = 'application/json';

/**
 * @param notification the notification
 * @param body its body, if that is a JSON object; anything else is sent as base64 in the field `body`
 * @param messageId the id of the notification's state
 */
export function toFlat(
  { ackId, channel, action, body: bytes }: Notification,
  body: JsonBody | undefined,
  messageId: string,
): EventBody {
  const header = { message: ackId, channel, action, messageId };
  if (body === undefined) {
    const enveloped = JSON.stringify({ ...header, body: bytes.toString('base64') });
    return { contentType: JSON_TYPE, body: Buffer.from(enveloped) };
  }
  const added = Object.entries(header)
    .filter(([name]) => !body.has(name))
    .map(([name, value]) => `"${name}":${JSON.stringify(value)}`)
    .join();
  return { contentType: JSON_TYPE, body: splice(body, added) };
}

function splice(body: JsonBody, added: string): Buffer {
  const start = added === '' || body.isEmpty ? `{${added}` : `{${added},`;
  return Buffer.concat([Buffer.from(start), body.bytes.subarray(body.inside)]);
}
