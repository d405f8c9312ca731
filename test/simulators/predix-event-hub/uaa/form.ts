import type { IncomingMessage } from 'node:http';
import { JsonError } from './json-server.js';

// More than a token of 60,000 characters, or a scope list as long as one.
const FORM_LIMIT_BYTES = 256 * 1024;

/**
 * Reads the form a request carries.
 *
 * @throws JsonError 413 when it has more than 256 KiB, 400 when it does not arrive in full
 */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      // The rest is read and thrown away: a client that is still sending would not see an answer.
      if (size <= FORM_LIMIT_BYTES) chunks.push(chunk);
    }
  } catch {
    throw new JsonError(400, 'invalid_request', 'The form did not arrive in full.');
  }
  if (size > FORM_LIMIT_BYTES) {
    throw new JsonError(413, 'invalid_request', `A form has at most ${FORM_LIMIT_BYTES} bytes.`);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}
