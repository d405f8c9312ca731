/** Makes the hub event of a notification, in the format that the tenant chose. */
import type { Notification } from '../notifications/frame.js';
import { toCloudEvent } from './cloud-event.js';
import { toFlat } from './flat.js';
import type { HubEvent, StateTimes } from './hub-event.js';
import { type JsonBody, readJsonBody } from './json-body.js';
import { stateIdOf } from './message-id.js';
import { toRaw } from './raw.js';

/** The formats of a hub event's body; design section "Events", option `format`. */
export const FORMATS = ['flat', 'cloudevents', 'raw'] as const;

/** One of {@link FORMATS}. */
export type Format = (typeof FORMATS)[number];

/** A hub event and what the mapping found out about its notification on the way. */
export interface MappedNotification {
  readonly event: HubEvent;
  /** Whether an equal notification can only be a copy of this one. */
  readonly isUnique: boolean;
}

/**
 * Makes the hub event of a notification. Pure: the same notification always gives the same event.
 * @param notification as it came from Cumulocity
 * @param format the form of the body
 * @param subscription name of the Notification 2.0 subscription that it came through
 * @param isReplayed whether it was read over REST later, and not told of
 */
export function mapNotification(
  notification: Notification,
  format: Format,
  subscription: string,
  isReplayed = false,
): MappedNotification {
  const body = readJsonBody(notification.body);
  const { messageId, isUnique } = stateIdOf(notification, body);
  const { tenant, api, sourceId, action } = notification;
  const event: HubEvent = {
    ...bodyIn(format)(notification, body, messageId),
    messageId,
    partitionKey: sourceId,
    properties: {
      ...{ tenant, api, source: sourceId, action, subscription },
      ...(isReplayed ? { replayed: 'true' } : {}),
    },
    times: body === undefined ? undefined : timesOf(body),
  };
  return { event, isUnique };
}

function timesOf(body: JsonBody): StateTimes {
  return {
    time: body.text('time'),
    created: body.text('creationTime'),
    updated: body.text('lastUpdated'),
  };
}

function bodyIn(format: Format): typeof toFlat {
  switch (format) {
    case 'flat':
      return toFlat;
    case 'cloudevents':
      return toCloudEvent;
    case 'raw':
      return toRaw;
  }
}
