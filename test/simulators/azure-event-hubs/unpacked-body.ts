/** What a reader does with a body that its producer has packed. */
import { gunzipSync } from 'node:zlib';
import type { StoredEvent } from './stored-event.js';

/** The body, unpacked where the application property `contentEncoding` says `gzip`. */
export function unpackedBody({ body, properties }: Pick<StoredEvent, 'body' | 'properties'>): Buffer {
  return properties['contentEncoding'] === 'gzip' ? gunzipSync(body) : body;
}
