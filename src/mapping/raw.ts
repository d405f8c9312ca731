/** The `raw` format: the body alone, byte for byte. Everything else is in the event's properties. */
import type { Notification } from '../notifications/frame.js';
import type { EventBody } from './hub-event.js';
import type { JsonBody } from './json-body.js';

/**
 * @param notification the notification
 * @param body its body, if that is a JSON object; decides the content type
 */
export function toRaw(notification: Notification, body: JsonBody | undefined): EventBody {
  return {
    contentType: body === undefined ? 'application/octet-stream' : 'application/json',
    body: notification.body,
  };
}
