/** What clients say in the headers of an upgrade request (Predix contract, sections 3 and 6). */
import type { IncomingHttpHeaders } from 'node:http';
import type { Claimed } from '../access.js';
import { type AckOptions, readAckOptions } from '../publish/ack-sender.js';
import { defaultTopic } from '../store/zones.js';

const ackHeaders = ['sync-acks', 'cache-acks', 'send-acks-interval', 'acks', 'nacks'];

/** Who wants to publish, and where. */
export function readClaimed(headers: IncomingHttpHeaders): Claimed {
  const [zone] = valuesOf(headers, 'predix-zone-id');
  const names = valuesOf(headers, 'topic');
  // The default topic has a second name, which the Python SDK uses.
  const topics = names.map((name) => (name === `${zone}_${defaultTopic}` ? defaultTopic : name));
  return {
    authorization: headers.authorization,
    zone,
    topics: topics.length === 0 ? undefined : topics,
    protocol: 'wss',
    operation: 'publish',
  };
}

/**
 * Which acknowledgements are wanted. The headers of gRPC are honoured here too, as the Python SDK sends them. Without
 * any, acknowledgements go out at once, other than on gRPC: clients as the service documents them send none of these,
 * and the Java sample of the SDK shows acknowledgements frame by frame.
 */
export function readWsAckOptions(headers: IncomingHttpHeaders): AckOptions {
  if (ackHeaders.every((name) => headers[name] === undefined))
    return { wanted: 'all', intervalMs: undefined };
  return readAckOptions((name) => valuesOf(headers, name)[0]);
}

/** Node.js joins repeated headers with commas, which no value may hold. Equal values count as one. */
function valuesOf(headers: IncomingHttpHeaders, name: string): readonly string[] {
  const parts = [headers[name] ?? []].flat().flatMap((value) => value.split(','));
  return [...new Set(parts.map((part) => part.trim()).filter((part) => part !== ''))];
}
