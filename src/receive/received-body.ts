/** The body of an event as its producer meant it: unpacked where it was packed to fit. */
import { gunzipSync } from 'node:zlib';
import type { ReceivedEventData } from '@azure/event-hubs';

/** No hub takes an event that is larger when it is unpacked in good faith; an event may come from anybody. */
const MOST_BYTES = 64 * 1024 * 1024;

/** How the body is packed: the forwarder says so among the properties, others in AMQP's own field. */
function encodingOf({ properties, systemProperties }: ReceivedEventData): string {
  return String(properties?.['contentEncoding'] ?? systemProperties?.['contentEncoding'] ?? '');
}

/**
 * The body.
 * @param event as the SDK gives it, its body not parsed
 * @returns bytes, or what the SDK has decoded; what cannot be unpacked stays as it is
 */
export function bodyOf(event: ReceivedEventData): unknown {
  const body: unknown = event.body;
  if (!(body instanceof Uint8Array)) return body;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (encodingOf(event).toLowerCase() !== 'gzip') return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_BYTES });
  } catch {
    return bytes;
  }
}
