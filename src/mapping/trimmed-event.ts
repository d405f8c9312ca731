/**
 * An event without some of its fragments: the first thing that is tried when one is too large for the hub. The
 * fragments are cut out of the bytes; what stays are the bytes that came.
 */
import type { HubEvent } from './hub-event.js';
import { type JsonPart, jsonParts } from './json-parts.js';
import type { Format } from './map-notification.js';

/**
 * What no event can do without: the four fields that the `flat` format adds, and `body`, in which it keeps a body
 * that is no JSON object; what identifies an object (Cumulocity OpenAPI: common to all five apis) and tells its
 * states apart.
 */
export const NEVER_TRIMMED: readonly string[] = [
  ...['message', 'channel', 'action', 'messageId', 'body'],
  ...[
    'id',
    'self',
    'source',
    'deviceId',
    'type',
    'time',
    'creationTime',
    'lastUpdated',
    'status',
    'severity',
  ],
];

/** Where the notification's own object begins in the body; `undefined` when it has none. */
function objectStart({ body, contentType }: HubEvent, format: Format): number | undefined {
  switch (format) {
    case 'flat':
      return 0;
    case 'cloudevents':
      return jsonParts(body).find(({ name }) => name === 'data')?.valueStart;
    case 'raw':
      // Bytes of any kind otherwise.
      return contentType === 'application/json' ? 0 : undefined;
  }
}

/** The bytes without some parts of one object: each that stays is taken with the comma and blanks behind it. */
function cut(bytes: Buffer, parts: readonly JsonPart[], isCut: (part: JsonPart) => boolean): Buffer {
  const [first, last] = [parts[0], parts.at(-1)];
  if (first === undefined || last === undefined) return bytes;
  const lastKept = parts.findLastIndex((part) => !isCut(part));
  const kept = parts.slice(0, lastKept + 1).flatMap((part, at) => {
    if (isCut(part)) return [];
    return [bytes.subarray(part.start, at === lastKept ? part.end : parts[at + 1]?.start)];
  });
  return Buffer.concat([bytes.subarray(0, first.start), ...kept, bytes.subarray(last.end)]);
}

/**
 * Takes fragments out of an event.
 * @param event as it was mapped
 * @param format in which it was mapped
 * @param names top-level names within the notification's own object
 * @returns the event with a property `trimmed` that names what was taken out; `undefined` when it has none of them
 */
export function trimEvent(event: HubEvent, format: Format, names: readonly string[]): HubEvent | undefined {
  const start = objectStart(event, format);
  if (start === undefined) return undefined;
  const parts = jsonParts(event.body, start);
  const trimmed = names.filter((name) => parts.some((part) => part.name === name));
  if (trimmed.length === 0) return undefined;
  const isCut = ({ name }: JsonPart): boolean => name !== undefined && trimmed.includes(name);
  return {
    ...event,
    body: cut(event.body, parts, isCut),
    properties: { ...event.properties, trimmed: trimmed.join() },
  };
}
