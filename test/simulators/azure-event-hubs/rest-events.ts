/** Turns the bodies of the HTTPS send API into encoded events. */
import type { IncomingHttpHeaders } from 'node:http';
import { dataBody, encodeMessage } from './rhea-wire.js';

/** Content type of a batch. */
export const batchContentType = 'application/vnd.microsoft.servicebus.json';

/** Events of one request, stored together. */
export interface RestEvents {
  readonly encoded: readonly Buffer[];
  readonly partitionKey: string | undefined;
}

/** A body or header that cannot be read. */
export class RestBodyError extends Error {
  /** @param message what is wrong. */
  constructor(message: string) {
    super(message);
    this.name = 'RestBodyError';
  }
}

/** Headers that belong to the request and not to the event; all others become properties of a single event. */
const requestHeaders = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'authorization',
  'brokerproperties',
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'transfer-encoding',
  'user-agent',
  'x-ms-retrypolicy',
]);

/**
 * The event of a single send: the body as it is, and other headers as its properties.
 *
 * @throws RestBodyError when the BrokerProperties are not JSON.
 */
export function singleEvent(body: Buffer, headers: IncomingHttpHeaders): RestEvents {
  const properties: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!requestHeaders.has(name) && typeof value === 'string') properties[name] = value;
  }
  const broker = headers['brokerproperties'];
  const partitionKey = typeof broker === 'string' ? partitionKeyOf(parseJson(broker)) : undefined;
  return { encoded: [encodeEvent(body, properties, headers['content-type'])], partitionKey };
}

/**
 * The events of a batch. They go to one partition, so the key of the first holds for all.
 *
 * @throws RestBodyError when the body is not an array of events with string bodies.
 */
export function batchEvents(body: Buffer): RestEvents {
  const list = parseJson(body.toString('utf8'));
  if (!Array.isArray(list)) throw new RestBodyError('Expected a JSON array of events.');
  const encoded = list.map((event: unknown) => batchEvent(event));
  const [first] = list as unknown[];
  const broker = isRecord(first) ? first['BrokerProperties'] : undefined;
  return { encoded, partitionKey: partitionKeyOf(broker) };
}

function batchEvent(event: unknown): Buffer {
  if (!isRecord(event) || typeof event['Body'] !== 'string') {
    throw new RestBodyError('Expected every event to have a Body that is a string.');
  }
  const body = Buffer.from(event['Body'], event['IsBodyBase64'] === true ? 'base64' : 'utf8');
  const properties = event['UserProperties'];
  return encodeEvent(body, isRecord(properties) ? properties : {}, undefined);
}

function encodeEvent(
  body: Buffer,
  properties: Record<string, unknown>,
  contentType: string | undefined,
): Buffer {
  const message: Record<string, unknown> = { body: dataBody(body) };
  if (contentType !== undefined) message['content_type'] = contentType;
  if (Object.keys(properties).length > 0) message['application_properties'] = properties;
  return encodeMessage(message);
}

function partitionKeyOf(broker: unknown): string | undefined {
  const key = isRecord(broker) ? broker['PartitionKey'] : undefined;
  return typeof key === 'string' ? key : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new RestBodyError('Expected JSON.');
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
