/**
 * Encodes an event for delivery: the producer's bytes as they are, with the annotations of the hub spliced into
 * them (Event Hubs AMQP protocol guide). No section but the annotations is decoded or encoded again.
 *
 * This runs once per event and reader, so it measures first and then writes into one buffer.
 */
import { mapAt, section, sectionAt, textAt, valueEnd } from './amqp-bytes.js';
import { AmqpWriter, longBytes, mapHeadBytes, stringBytes, symbolBytes } from './amqp-writer.js';
import type { EventPlace, StoredEvent } from './stored-event.js';

/** The newest event of the partition, for readers that asked for it with every delivery. */
export interface RuntimeMetric {
  readonly last: EventPlace | undefined;
  readonly retrievedAtMs: number;
}

const partitionKeyName = 'x-opt-partition-key';

/** Annotations that only the hub may set; values sent under these names are dropped. */
const ownNames = new Set(['x-opt-sequence-number', 'x-opt-offset', 'x-opt-enqueued-time']);

const sequenceKey = symbolBytes('x-opt-sequence-number');
const offsetKey = symbolBytes('x-opt-offset');
const enqueuedKey = symbolBytes('x-opt-enqueued-time');
const partitionKey = symbolBytes(partitionKeyName);
const lastSequenceKey = symbolBytes('last_enqueued_sequence_number');
const lastOffsetKey = symbolBytes('last_enqueued_offset');
const lastTimeKey = symbolBytes('last_enqueued_time_utc');
const retrievedKey = symbolBytes('runtime_info_retrieval_time_utc');

const placeKeysBytes = sequenceKey.length + offsetKey.length + enqueuedKey.length + 2 * longBytes;
const metricKeysBytes =
  lastSequenceKey.length + lastOffsetKey.length + lastTimeKey.length + retrievedKey.length + 3 * longBytes;

/**
 * The message to deliver for an event.
 *
 * @param metric adds the delivery annotations of the runtime metric.
 */
export function encodeDelivery(event: StoredEvent, metric?: RuntimeMetric): Buffer {
  const layout = layoutOf(event.encoded);
  const addedKey = layout.hasPartitionKey ? undefined : event.partitionKey;
  const metricSize = metric ? metricKeysBytes + stringBytes(metric.last?.offset ?? '-1') : 0;
  const keySize = addedKey === undefined ? 0 : partitionKey.length + stringBytes(addedKey);
  const entriesSize = layout.keptSize + placeKeysBytes + stringBytes(event.offset) + keySize;
  const restSize = event.encoded.length - layout.rest;
  const size =
    layout.headerSize + (metric ? mapHeadBytes + metricSize : 0) + mapHeadBytes + entriesSize + restSize;
  const writer = new AmqpWriter(size);
  writer.bytes(event.encoded, layout.headerStart, layout.headerStart + layout.headerSize);
  if (metric) writeMetric(writer, metric, metricSize);
  const count = 6 + layout.keptCount + (addedKey === undefined ? 0 : 2);
  writer.mapHead(section.messageAnnotations, entriesSize, count);
  for (const entry of layout.kept) writer.bytes(entry, 0, entry.length);
  writePlace(writer, event);
  if (addedKey !== undefined) writer.symbol(partitionKey).string(addedKey);
  writer.bytes(event.encoded, layout.rest, event.encoded.length);
  return writer.buffer;
}

/** Where things lie in an encoded event; sections come in the order of AMQP 1.0 section 3.2. */
interface Layout {
  headerStart: number;
  headerSize: number;
  /** The producer's own annotations, still encoded. */
  kept: Buffer[];
  keptSize: number;
  keptCount: number;
  hasPartitionKey: boolean;
  /** Where the first section behind the annotations begins. */
  rest: number;
}

function layoutOf(bytes: Buffer): Layout {
  const layout: Layout = {
    headerStart: 0,
    headerSize: 0,
    kept: [],
    keptSize: 0,
    keptCount: 0,
    hasPartitionKey: false,
    rest: 0,
  };
  while (layout.rest < bytes.length) {
    const { code, start, valueStart, end } = sectionAt(bytes, layout.rest);
    if (code > section.messageAnnotations) break;
    if (code === section.header) {
      layout.headerStart = start;
      layout.headerSize = end - start;
    }
    // Delivery annotations are for one hop only (AMQP 1.0 section 3.2.2), so the producer's are not passed on.
    if (code === section.messageAnnotations) keepEntries(layout, bytes, valueStart, end);
    layout.rest = end;
  }
  return layout;
}

function keepEntries(layout: Layout, bytes: Buffer, valueStart: number, end: number): void {
  const map = mapAt(bytes, valueStart, end);
  for (let offset = map.start; offset < map.end; ) {
    const valueOffset = valueEnd(bytes, offset);
    const next = valueEnd(bytes, valueOffset);
    const name = textAt(bytes, offset, valueOffset);
    if (name === undefined || !ownNames.has(name)) {
      layout.kept.push(bytes.subarray(offset, next));
      layout.keptSize += next - offset;
      layout.keptCount += 2;
    }
    if (name === partitionKeyName) layout.hasPartitionKey = true;
    offset = next;
  }
}

function writePlace(writer: AmqpWriter, event: EventPlace): void {
  writer.symbol(sequenceKey).long(event.sequenceNumber);
  writer.symbol(offsetKey).string(event.offset);
  writer.symbol(enqueuedKey).timestamp(event.enqueuedTimeMs);
}

function writeMetric(writer: AmqpWriter, { last, retrievedAtMs }: RuntimeMetric, size: number): void {
  writer.mapHead(section.deliveryAnnotations, size, 8);
  writer.symbol(lastSequenceKey).long(last?.sequenceNumber ?? -1);
  writer.symbol(lastOffsetKey).string(last?.offset ?? '-1');
  writer.symbol(lastTimeKey).timestamp(last?.enqueuedTimeMs ?? 0);
  writer.symbol(retrievedKey).timestamp(retrievedAtMs);
}
