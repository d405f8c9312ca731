/** The `cloudevents` format: CloudEvents 1.0 in its structured JSON form (CloudEvents JSON format 1.0.2, section 3). */
import type { Notification } from '../notifications/frame.js';
import type { EventBody } from './hub-event.js';
import type { JsonBody } from './json-body.js';

const CLOUD_EVENT_TYPE = 'application/cloudevents+json; charset=utf-8';
/** RFC 3339, which the attribute `time` has to follow. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/**
 * @param notification the notification
 * @param body its body, if that is a JSON object (then `data`); anything else goes out as `data_base64`
 * @param messageId the id of the notification's state
 */
export function toCloudEvent(
  notification: Notification,
  body: JsonBody | undefined,
  messageId: string,
): EventBody {
  const { tenant, api, sourceId, action } = notification;
  const time = body?.text('time');
  const attributes = JSON.stringify({
    specversion: '1.0',
    type: `com.cumulocity.${api}.${action}`,
    source: `/${encodeURIComponent(tenant)}/${encodeURIComponent(sourceId)}`,
    // The specification allows no empty subject.
    subject: body?.text('id') || undefined,
    id: messageId,
    time: time !== undefined && TIMESTAMP.test(time) ? time : undefined,
    datacontenttype: body === undefined ? 'application/octet-stream' : 'application/json',
  });
  const open = attributes.slice(0, -1);
  const parts =
    body === undefined
      ? [Buffer.from(`${open},"data_base64":"${notification.body.toString('base64')}"}`)]
      : [Buffer.from(`${open},"data":`), body.bytes, Buffer.from('}')];
  return { contentType: CLOUD_EVENT_TYPE, body: Buffer.concat(parts) };
}
