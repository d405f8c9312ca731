/**
 * The pointer event: small, takes the place of an event that the hub will never accept, so that a reader sees
 * where something is missing and can fetch it from Cumulocity.
 */
import { createHash } from 'node:crypto';
import type { HubEvent } from './hub-event.js';

/** A pointer has to fit where its event did not, whatever its header says. */
const LONGEST_TEXT = 256;
const LONGEST_LINK = 1024;

/**
 * @param event the event that was rejected; id, partition key and properties are kept
 * @param reason why, in the hub's own terms
 */
export function toPointerEvent(event: HubEvent, reason: string): HubEvent {
  const headers: Record<string, string> = Object.fromEntries(
    Object.entries(event.properties).map(([name, value]) => [name, value.slice(0, LONGEST_TEXT)]),
  );
  const { tenant, api, source, action } = headers;
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
    properties: { ...headers, rejected: reason },
  };
}

/** The link to the object: at the body's top level, or in a CloudEvent's data. */
function selfLinkOf(body: Buffer): string | undefined {
  try {
    const { self, data } = JSON.parse(body.toString()) as { self?: unknown; data?: { self?: unknown } };
    const link = self ?? data?.self;
    return typeof link === 'string' && link.length <= LONGEST_LINK ? link : undefined;
  } catch {
    return undefined;
  }
}
