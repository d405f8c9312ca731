/** What clients say in the headers of an upgrade request (Predix contract, sections 3 and 6). */
import type { IncomingHttpHeaders } from 'node:http';
import type { Claimed } from '../access.js';
import { singleValue, topicNames } from '../header-values.js';
import { type AckOptions, readAckOptions } from '../publish/ack-sender.js';

const ackHeaders = ['sync-acks', 'cache-acks', 'send-acks-interval', 'acks', 'nacks'];

/** Who wants to publish, and where. */
export function readClaimed(headers: IncomingHttpHeaders): Claimed {
  const zone = valueFor(headers, 'predix-zone-id');
  return {
    authorization: valueFor(headers, 'authorization'),
    zone,
    topics: topicNames(textsOf(headers, 'topic'), zone),
    protocol: 'wss',
    operation: 'publish',
  };
}

/**
 * Which acknowledgements are wanted. The headers of gRPC are honoured here too, as the Python SDK sends them. Without
 * any, acknowledgements go out at once, other than on gRPC: clients as the service documents them send none of these,
 * and the Java sample of the SDK shows acknowledgements frame by frame.
 *
 * @param log takes a line for each value that is out of range.
 */
export function readWsAckOptions(headers: IncomingHttpHeaders, log: (line: string) => void): AckOptions {
  if (ackHeaders.every((name) => headers[name] === undefined))
    return { wanted: 'all', intervalMs: undefined };
  return readAckOptions({ header: (name) => valueFor(headers, name), log });
}

function valueFor(headers: IncomingHttpHeaders, name: string): string | undefined {
  return singleValue(textsOf(headers, name));
}

function textsOf(headers: IncomingHttpHeaders, name: string): readonly string[] {
  return [headers[name] ?? []].flat();
}
