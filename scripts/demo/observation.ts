/** Notifications as both ends of the way see them, in a form in which they can be compared. */
import { createHash } from 'node:crypto';

/** A notification that was emitted, or an event that was read. */
export interface Observation {
  readonly tenant: string;
  /** Description line: tenant, api and source. */
  readonly channel: string;
  readonly action: string;
  /** Digest of the body. */
  readonly digest: string;
  /** Id of the object that it is about, and the link to it, where the body has them. */
  readonly objectId: string | undefined;
  readonly self: string | undefined;
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

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function contentOf(body: Record<string, unknown>): Pick<Observation, 'digest' | 'objectId' | 'self'> {
  return {
    digest: createHash('sha256').update(JSON.stringify(body)).digest('base64'),
    objectId: textOf(body['id']),
    self: textOf(body['self']),
  };
}

/** A notification on its way out of Cumulocity. */
export function emittedObservation({ tenant, channel, action, body }: EmittedNotification): Observation {
  let object: Record<string, unknown>;
  try {
    object = JSON.parse(body) as Record<string, unknown>;
  } catch {
    object = { body: Buffer.from(body).toString('base64') };
  }
  return { tenant, channel, action, ...contentOf(object), messageId: '' };
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
  const header = { tenant, channel: String(channel), action: String(action), messageId: String(messageId) };
  return { ...header, ...contentOf(body) };
}
