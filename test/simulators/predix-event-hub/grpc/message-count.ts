/** How many messages a request to publish holds, told without reading them. */
import { oneMegabyte } from '../publish/publication.js';

/**
 * In 1 MB there is no room for more messages that have an id. Without this bound 4 MB of empty ones would take seconds
 * and gigabytes to read, and as many answers that nobody can tell apart.
 */
export const mostMessages = Math.floor(oneMegabyte / 5);

/** How many messages there are, as far as it is a request: all that is in field 1 of all that is in field 1. */
export function countMessages(bytes: Buffer): number {
  let count = 0;
  for (const messages of fieldsOne(bytes)) for (const _ of fieldsOne(messages)) count++;
  return count;
}

/** What has the number 1 and a length, in a message of protocol buffers; ends where that cannot be read. */
function* fieldsOne(bytes: Buffer): Generator<Buffer> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; at < bytes.length; factor *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * factor;
      if (byte < 128) break;
    }
    return value;
  };
  while (at < bytes.length) {
    const tag = varint();
    const type = tag % 8;
    if (type === 0) varint();
    else if (type === 1) at += 8;
    else if (type === 5) at += 4;
    else if (type === 2) {
      const length = varint();
      if (tag === 10) yield bytes.subarray(at, at + length);
      at += length;
    } else return;
  }
}
