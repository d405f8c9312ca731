/** What a frame asks for: the messages in it, and the answers to what is none (Predix contract, sections 6 and 9). */
import { AckStatus, type WireAck } from '../protocol.js';
import { oneMegabyte, type Submitted } from '../publish/publication.js';
import { type RawElement, readRawElements } from './raw-json.js';

/** A frame that was read. */
export interface PublishRequest {
  readonly messages: readonly Submitted[];
  /** One for each element that is no message; one without id for a frame that cannot be read, or is full of those. */
  readonly refused: readonly WireAck[];
}

type Fields = Readonly<Record<string, unknown>>;

const none: Buffer = Buffer.alloc(0);

/** Their answers could not be told apart, and a frame has room for two million of them. */
const mostWithoutId = 10_000;

/**
 * Reads a frame. Whatever is wrong with it is among the answers.
 *
 * @param frame UTF-8 of the JSON; may be overwritten afterwards.
 */
export function readPublishRequest(frame: Buffer): PublishRequest {
  const elements = elementsOf(frame);
  if (elements === undefined) return unreadable;
  const messages: Submitted[] = [];
  const refused: WireAck[] = [];
  let withoutId = 0;
  for (const element of elements) {
    const fields = isFields(element.value) ? element.value : undefined;
    const problem = fields === undefined ? 'The message is not an object' : problemOf(fields, element.bytes);
    const message = submittedOf(fields ?? {}, element.body);
    if (problem === undefined) messages.push(message);
    else refused.push({ ...refuse(problem), ...echoOf(message) });
    if (message.id === '' && ++withoutId > mostWithoutId) return unreadable;
  }
  return { messages, refused };
}

function elementsOf(frame: Buffer): readonly RawElement[] | undefined {
  try {
    return readRawElements(frame);
  } catch (thrown) {
    if (thrown instanceof SyntaxError || thrown instanceof TypeError) return undefined;
    throw thrown;
  }
}

function problemOf({ id, zoneId, zone_id, tags }: Fields, bytes: number): string | undefined {
  if (id === undefined) return 'The message has no id';
  if (typeof id !== 'string') return 'The id is not a string';
  if (!isOptionalText(zoneId) || !isOptionalText(zone_id)) return 'The zone id is not a string';
  if (tags !== undefined && !isTags(tags)) return 'The tags are not an object of strings';
  // In this protocol the JSON is what is measured; what is stored may be smaller.
  return bytes >= oneMegabyte ? 'The message is not smaller than 1 MB' : undefined;
}

/** What can be read of a message; the rest is as if it were not there. A message without body has an empty one. */
function submittedOf({ id, zoneId, zone_id, tags }: Fields, body = none): Submitted {
  return {
    id: textOf(id),
    body,
    // The seed writes `zoneId`, the Python SDK `zone_id`, the Java sample neither.
    zone_id: textOf(zoneId) || textOf(zone_id),
    tags: isTags(tags) ? tags : {},
    key: none,
    timestamp: null,
  };
}

function echoOf({ id, body, zone_id, tags }: Submitted): Partial<WireAck> {
  return { id, body, zone_id, tags };
}

function refuse(desc: string): WireAck {
  return { id: '', status_code: AckStatus.badRequest, desc };
}

/** Nothing of such a frame is stored. */
const unreadable: PublishRequest = {
  messages: [],
  refused: [refuse('The frame is not a JSON array of messages')],
};

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isOptionalText(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTags(value: unknown): value is Readonly<Record<string, string>> {
  return isFields(value) && Object.values(value).every((each) => typeof each === 'string');
}
