/** An event with its body packed: tried when one is too large for the hub, and the route allows it. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { HubEvent } from './hub-event.js';

/** How bodies that are too large otherwise may be packed; option `contentEncoding`. */
export const CONTENT_ENCODINGS = ['none', 'gzip'] as const;

/** One of {@link CONTENT_ENCODINGS}. */
export type ContentEncoding = (typeof CONTENT_ENCODINGS)[number];

/** In a thread of its own: a megabyte would hold up all tenants. */
const pack = promisify(gzip);

/**
 * Packs an event's body (RFC 1952).
 * @param event not packed yet
 * @returns the event with a property `contentEncoding`, its content type as it was; `undefined` when that is no smaller
 */
export async function compressEvent(event: HubEvent): Promise<HubEvent | undefined> {
  const body = await pack(event.body);
  if (body.length >= event.body.length) return undefined;
  const properties = { ...event.properties, contentEncoding: 'gzip' };
  return { ...event, body, contentEncoding: 'gzip', properties };
}
