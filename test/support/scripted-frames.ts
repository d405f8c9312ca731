/** Frames of the consumer protocol and notifications made of them, for tests of what comes behind the socket. */
import { type Notification, parseFrame } from '../../src/notifications/frame.js';

/** The parts of a frame; what is left out is that of a small event. */
export interface FrameParts {
  readonly ackId?: string;
  readonly tenant?: string;
  readonly api?: string;
  readonly source?: string;
  readonly action?: string;
  /** Bytes, a text, or a value that is printed as JSON. */
  readonly body?: unknown;
}

/** Puts a frame together. */
export function scriptedFrame(parts: FrameParts = {}): Buffer {
  const { ackId = 'CJ1eEAAgADAB', tenant = 't1', api = 'events', source = '111', action = 'CREATE' } = parts;
  const { body = { id: '1' } } = parts;
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return Buffer.concat([Buffer.from(`${ackId}\n/${tenant}/${api}/${source}\n${action}\n\n`), bytes]);
}

/** Puts a frame together and reads it. */
export function scriptedNotification(parts: FrameParts = {}): Notification {
  return parseFrame(scriptedFrame(parts));
}
