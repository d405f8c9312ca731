/** Events as text: one line of JSON, or one short line for a person. */
import type { ReceivedEventData } from '@azure/event-hubs';
import { marksOf } from './event-marks.js';
import { bodyOf } from './received-body.js';

/** An event as the SDK gives it, its body not parsed; where a hub has several topics, with the name of its own. */
export interface ShownEvent extends ReceivedEventData {
  readonly topic?: string;
}

/** A body is in one of three fields, so that a JSON string is never taken for text that is not JSON. */
type BodyField = 'body' | 'text' | 'base64';

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The field's name and its value as JSON text. */
function bodyJson(event: ReceivedEventData): readonly [BodyField, string] {
  const body = bodyOf(event);
  // A value or sequence section: the SDK has decoded it.
  if (!Buffer.isBuffer(body)) return ['body', JSON.stringify(body ?? null)];
  const text = decode(body);
  if (text === undefined) return ['base64', JSON.stringify(body.toString('base64'))];
  // As it came, not parsed and printed again: no digit of a number is lost. Outside strings, where JSON has no
  // line breaks, one is only white space.
  return isJson(text) ? ['body', text.replaceAll(/[\r\n]+/g, ' ')] : ['text', JSON.stringify(text)];
}

/** The event's id: AMQP has more kinds of it than text. */
export function messageIdOf({ messageId }: Pick<ReceivedEventData, 'messageId'>): string | undefined {
  if (messageId === undefined || messageId === null) return undefined;
  return Buffer.isBuffer(messageId) ? messageId.toString('hex') : String(messageId);
}

/**
 * One line of JSON.
 * @param event to be shown
 * @param partitionId where it was read
 */
export function jsonLine(event: ShownEvent, partitionId: string): string {
  const { topic, sequenceNumber, offset, enqueuedTimeUtc, partitionKey, contentType, properties } = event;
  const head = JSON.stringify({
    topic,
    partition: partitionId,
    sequenceNumber,
    offset,
    enqueuedTime: enqueuedTimeUtc.toISOString(),
    messageId: messageIdOf(event),
    partitionKey: partitionKey ?? undefined,
    contentType,
    properties: properties ?? {},
  });
  const [field, json] = bodyJson(event);
  return `${head.slice(0, -1)},"${field}":${json}}`;
}

/** Control characters would reach the terminal as commands: an event may come from anybody. */
const UNPRINTABLE = /\p{C}+/gu;

/**
 * One short line: time, topic/partition/sequence number, tenant, api, action, source, in brackets what is unusual about it,
 * and as much of the body as fits.
 * @param event to be shown
 * @param partitionId where it was read
 * @param columns width of the terminal
 */
export function shortLine(event: ShownEvent, partitionId: string, columns: number): string {
  const { sequenceNumber, enqueuedTimeUtc, properties = {} } = event;
  const [, body] = bodyJson(event);
  const words = ['tenant', 'api', 'action', 'source'].map((name) => String(properties[name] ?? '-'));
  const marks = marksOf(event).map((mark) => `[${mark}]`);
  const place = `${event.topic === undefined ? '' : `${event.topic}/`}${partitionId}/${sequenceNumber}`;
  const line = [enqueuedTimeUtc.toISOString(), place, ...words, ...marks, body].join('  ');
  // Cut first: a body can be a megabyte, of which a hundred letters are shown.
  const shown = line.slice(0, columns).replaceAll(UNPRINTABLE, ' ');
  return line.length > columns ? `${shown.slice(0, -1)}…` : shown;
}
