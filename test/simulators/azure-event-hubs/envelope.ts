/**
 * Takes apart what a producer sends: either one event (message-format 0) or the Event Hubs batch format, an
 * envelope whose body is one data section per event, each holding one complete encoded message.
 */
import { binaryAt, mapAt, section, sectionAt, textAt, valueEnd } from './amqp-bytes.js';
import { condition } from './hub-errors.js';

/** The message-format of the batch (Event Hubs AMQP protocol guide). */
export const batchFormat = 0x80013700;

const partitionKeyName = 'x-opt-partition-key';

/** The events of one transfer, as sent, and the key that routes them together. */
export interface Envelope {
  readonly events: readonly Buffer[];
  readonly partitionKey: string | undefined;
}

/** A transfer that cannot be taken apart; `condition` is what its sender is told. */
export class EnvelopeError extends Error {
  readonly condition: string;

  /** @param message what is wrong with the bytes. */
  constructor(message: string, errorCondition: string = condition.decodeError) {
    super(message);
    this.name = 'EnvelopeError';
    this.condition = errorCondition;
  }
}

/**
 * Splits a transfer into its events. Only the outermost values are walked; the events stay encoded.
 *
 * @param bytes the whole payload of the delivery.
 * @param format the message-format of the transfer; null or undefined is 0.
 * @throws EnvelopeError when the format is unknown or the bytes are malformed.
 */
export function openEnvelope(bytes: Buffer, format: number | null | undefined): Envelope {
  try {
    if (format === batchFormat) return openBatch(bytes);
    if (format === undefined || format === null || format === 0) return openSingle(bytes);
  } catch (error) {
    throw new EnvelopeError(error instanceof Error ? error.message : String(error));
  }
  throw new EnvelopeError(`message format ${format} is not supported`, condition.notImplemented);
}

function openBatch(bytes: Buffer): Envelope {
  const events: Buffer[] = [];
  let partitionKey: string | undefined;
  for (let offset = 0; offset < bytes.length; ) {
    const { code, valueStart, end } = sectionAt(bytes, offset);
    if (code === section.data) {
      const event = binaryAt(bytes, valueStart, end);
      checkSections(event);
      events.push(event);
    } else if (code === section.messageAnnotations) {
      partitionKey = partitionKeyOf(bytes, valueStart, end);
    }
    offset = end;
  }
  return { events, partitionKey };
}

function openSingle(bytes: Buffer): Envelope {
  let partitionKey: string | undefined;
  for (let offset = 0; offset < bytes.length; ) {
    const { code, valueStart, end } = sectionAt(bytes, offset);
    if (code === section.messageAnnotations) partitionKey = partitionKeyOf(bytes, valueStart, end);
    offset = end;
  }
  return { events: [bytes], partitionKey };
}

/** Malformed events are refused when they come, not when somebody reads them. */
function checkSections(event: Buffer): void {
  for (let offset = 0; offset < event.length; ) {
    const { code, valueStart, end } = sectionAt(event, offset);
    if (code === section.messageAnnotations) partitionKeyOf(event, valueStart, end);
    offset = end;
  }
}

/** Walks all entries, so that a map whose entries overrun it is noticed too. */
function partitionKeyOf(bytes: Buffer, valueStart: number, end: number): string | undefined {
  const map = mapAt(bytes, valueStart, end);
  let key: string | undefined;
  let offset = map.start;
  while (offset < map.end) {
    const valueOffset = valueEnd(bytes, offset);
    const next = valueEnd(bytes, valueOffset);
    if (textAt(bytes, offset, valueOffset) === partitionKeyName) key = textAt(bytes, valueOffset, next);
    offset = next;
  }
  if (offset !== map.end) throw new RangeError('the entries of a map end behind it');
  return key;
}
