/**
 * The pointer event: small, takes the place of an event that the hub will never accept, so that a reader sees
 * where something is missing and can fetch it from Cumulocity.
 */
import { createHash } from 'node:crypto';
import type { HubEvent } from './hub-event.js';

/**
 * @param event the event that was rejected; id, partition key and properties are kept
 * @param reason why, in the hub's own terms
 */
export function toPointerEvent(event: HubEvent, reason: string): HubEvent {
  const { tenant, api, source, action } = event.properties;
  const pointer = {
    messageId: event.messageId,
    tenant,
    api,
    source,
    action,
    rejected: {
      reason,
      sizeBytes: event.body.length,
      sha256: createHash('sha256').update(event.body).digest('hex'),
      self: selfLinkOf(event.body),
    },
  };
  return {
    ...event,
    contentType: 'application/json',
    body: Buffer.from(JSON.stringify(pointer)),
    properties: { ...event.properties, rejected: reason },
  };
}

/** The link to the object: at the body's top level, or in a CloudEvent's data. */
function selfLinkOf(body: Buffer): string | undefined {
  try {
    const { self, data } = JSON.parse(body.toString()) as { self?: unknown; data?: { self?: unknown } };
    const link = self ?? data?.self;
    return typeof link === 'string' ? link : undefined;
  } catch {
    return undefined;
  }
}
