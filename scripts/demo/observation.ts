/** Notifications as both ends of the way see them, in a form in which they can be compared. */
import { createHash } from 'node:crypto';

/** A notification that was emitted, or an event that was read. */
export interface Observation {
  readonly tenant: string;
  /** Description line: tenant, api and source. */
  readonly channel: string;
  /** Digest of action and body. */
  readonly content: string;
  /** The id that the service gave it; empty for what was emitted. */
  readonly messageId: string;
}

/** What the local Cumulocity tells of a notification. */
export interface EmittedNotification {
  readonly tenant: string;
  readonly channel: string;
  readonly action: string;
  readonly body: string;
}

const ADDED_BY_FLAT = ['message', 'channel', 'action', 'messageId'];

function contentOf(action: string, body: Record<string, unknown>): string {
  return createHash('sha256').update(action).update(JSON.stringify(body)).digest('base64');
}

/** A notification on its way out of Cumulocity. */
export function emittedObservation({ tenant, channel, action, body }: EmittedNotification): Observation {
  let object: Record<string, unknown>;
  try {
    object = JSON.parse(body) as Record<string, unknown>;
  } catch {
    object = { body: Buffer.from(body).toString('base64') };
  }
  const content = contentOf(action, object);
  return { tenant, channel, content, messageId: '' };
}

/**
 * An event that was read out of a hub: takes the `flat` format apart again.
 * @param bytes the event's body
 * @param tenant whose hub it was read from
 */
export function observeFlatEvent(bytes: Buffer, tenant: string): Observation {
  const body = JSON.parse(bytes.toString()) as Record<string, unknown>;
  const { channel, action, messageId } = body;
  for (const name of ADDED_BY_FLAT) delete body[name];
  const content = contentOf(String(action), body);
  return { tenant, channel: String(channel), content, messageId: String(messageId) };
}
