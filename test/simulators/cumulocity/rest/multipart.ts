import { unprocessable } from '../http/rest-error.js';

const BOUNDARY = /^multipart\/form-data;.*boundary="?([^";]+)"?/i;
const FILE_NAME = /filename="([^"]*)"/i;

/**
 * Names of the files in a multipart/form-data body. The contents are not read.
 *
 * @param contentType value of the `Content-Type` header
 * @throws RestError 422 when the body is not multipart/form-data or holds no file
 */
export function uploadedFileNames(contentType: string | undefined, body: Buffer): string[] {
  const boundary = BOUNDARY.exec(contentType ?? '')?.[1];
  if (boundary === undefined) throw unprocessable('applications', 'multipart/form-data is expected');
  const delimiter = `--${boundary}`;
  const names: string[] = [];
  for (let at = body.indexOf(delimiter); at >= 0; at = body.indexOf(delimiter, at + delimiter.length)) {
    const end = body.indexOf('\r\n\r\n', at);
    if (end < 0) break;
    const name = FILE_NAME.exec(body.toString('utf8', at, end))?.[1];
    if (name !== undefined) names.push(name);
  }
  if (names.length === 0) throw unprocessable('applications', 'The upload holds no file.');
  return names;
}
