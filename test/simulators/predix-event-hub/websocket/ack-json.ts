/** Acknowledgements as they are written in frames (Predix contract, sections 5 and 6). */
import { AckStatus, type WireAck } from '../protocol.js';

/**
 * How acknowledgements are written. `documented`: with 202, 400 or 503, as the documentation of the service prints
 * them. `proto-omit`: as the JSON of the protocol buffers' message, with the numbers of `AckStatus` and without what
 * has its default value, so that an accepting one has no status at all, as the Java sample of the SDK reads them.
 */
export type WsAckStyle = 'documented' | 'proto-omit';

/** A status that is not of the protocol, which a fault may ask for, is sent as it is. */
const documentedStatus: ReadonlyMap<number, number> = new Map([
  [AckStatus.accepted, 202],
  [AckStatus.badRequest, 400],
  [AckStatus.requestTooLarge, 400],
  [AckStatus.failed, 503],
]);

/**
 * The content of a frame: a JSON array of acknowledgements. Offset and time are numbers, and the body is a string that
 * holds its JSON; no source tells how the service writes them.
 */
export function encodeAcks(acks: readonly WireAck[], style: WsAckStyle): Buffer {
  return Buffer.from(
    JSON.stringify(acks.map((ack) => (style === 'documented' ? documented(ack) : protoOmit(ack)))),
  );
}

function documented(ack: WireAck): object {
  const { status_code, desc, partition, offset } = ack;
  return {
    ...protoOmit(ack),
    status_code: documentedStatus.get(status_code) ?? status_code,
    desc,
    // The first partition and the first offset are 0, which says something.
    ...{ partition, offset: numberOf(offset) },
  };
}

function protoOmit(ack: WireAck): Readonly<Record<string, unknown>> {
  const { id, status_code, desc, topic, partition, offset, timestamp, body, zone_id, tags } = ack;
  const time = timestamp && withoutDefaults({ seconds: Number(timestamp.seconds), nanos: timestamp.nanos });
  return withoutDefaults({
    ...{ id, status_code, desc, topic, partition },
    ...{ offset: numberOf(offset), timestamp: time, body: body?.toString(), zone_id, tags },
  });
}

function numberOf(offset: string | undefined): number | undefined {
  return offset === undefined ? undefined : Number(offset);
}

function withoutDefaults(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isDefault(value)));
}

function isDefault(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === '' || value === 0;
}
