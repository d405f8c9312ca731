/**
 * Walks encoded AMQP values without decoding them (AMQP 1.0 section 1.2): enough to find the sections of a
 * message and the entries of a map at the cost of a few additions per value.
 */

/** The sections of a message, by descriptor code (AMQP 1.0 section 3.2). */
export const section = {
  header: 0x70,
  deliveryAnnotations: 0x71,
  messageAnnotations: 0x72,
  properties: 0x73,
  applicationProperties: 0x74,
  data: 0x75,
  sequence: 0x76,
  value: 0x77,
  footer: 0x78,
} as const;

/** Where a section lies: `start` at its descriptor, `valueStart` at the constructor of its value. */
export interface SectionBounds {
  readonly code: number;
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

const codesBySymbol = new Map<string, number>([
  ['amqp:header:list', section.header],
  ['amqp:delivery-annotations:map', section.deliveryAnnotations],
  ['amqp:message-annotations:map', section.messageAnnotations],
  ['amqp:properties:list', section.properties],
  ['amqp:application-properties:map', section.applicationProperties],
  ['amqp:data:binary', section.data],
  ['amqp:amqp-sequence:list', section.sequence],
  ['amqp:amqp-value:*', section.value],
  ['amqp:footer:map', section.footer],
]);

/**
 * The offset just behind the value that begins at `offset`.
 *
 * @throws RangeError when the bytes end early or the constructor is unknown.
 */
export function valueEnd(bytes: Buffer, offset: number): number {
  const code = byteAt(bytes, offset);
  if (code === 0) return valueEnd(bytes, valueEnd(bytes, offset + 1));
  const end = offset + 1 + valueSize(bytes, code, offset + 1);
  if (end > bytes.length) throw new RangeError(`value at ${offset} ends behind its buffer`);
  return end;
}

/**
 * The bounds of the message section that begins at `offset`.
 *
 * @throws RangeError when there is no message section there.
 */
export function sectionAt(bytes: Buffer, offset: number): SectionBounds {
  if (byteAt(bytes, offset) !== 0) throw new RangeError(`no described value at ${offset}`);
  const valueStart = valueEnd(bytes, offset + 1);
  const code = descriptorCode(bytes, offset + 1, valueStart);
  if (code < section.header || code > section.footer) throw new RangeError(`no message section at ${offset}`);
  return { code, start: offset, valueStart, end: valueEnd(bytes, valueStart) };
}

/**
 * The content of a binary value.
 *
 * @throws RangeError when the value at `offset` is not binary.
 */
export function binaryAt(bytes: Buffer, offset: number, end: number): Buffer {
  const code = byteAt(bytes, offset);
  if (code === 0xa0) return bytes.subarray(offset + 2, end);
  if (code === 0xb0) return bytes.subarray(offset + 5, end);
  throw new RangeError(`no binary value at ${offset}`);
}

/** The entries of a map: where the first key begins, where the last value ends, and how many keys and values. */
export interface MapBounds {
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

/**
 * The bounds of the entries of a map value.
 *
 * @throws RangeError when the value at `offset` is not a map.
 */
export function mapAt(bytes: Buffer, offset: number, end: number): MapBounds {
  const code = byteAt(bytes, offset);
  if (code === 0xc1) return { start: offset + 3, end, count: byteAt(bytes, offset + 2) };
  if (code === 0xd1) return { start: offset + 9, end, count: bytes.readUInt32BE(offset + 5) };
  throw new RangeError(`no map at ${offset}`);
}

/** The text of a symbol or string value, or undefined when the value is of another type. */
export function textAt(bytes: Buffer, offset: number, end: number): string | undefined {
  const code = byteAt(bytes, offset);
  if (code === 0xa3 || code === 0xa1) return bytes.toString('utf8', offset + 2, end);
  if (code === 0xb3 || code === 0xb1) return bytes.toString('utf8', offset + 5, end);
  return undefined;
}

function descriptorCode(bytes: Buffer, offset: number, end: number): number {
  const code = byteAt(bytes, offset);
  if (code === 0x53) return byteAt(bytes, offset + 1);
  if (code === 0x80) return bytes.readUInt32BE(offset + 1) === 0 ? bytes.readUInt32BE(offset + 5) : -1;
  const symbol = textAt(bytes, offset, end);
  return (symbol === undefined ? undefined : codesBySymbol.get(symbol)) ?? -1;
}

/** Size of what follows the constructor; the upper half of the constructor is the kind of size. */
function valueSize(bytes: Buffer, code: number, offset: number): number {
  switch (code >>> 4) {
    case 0x4:
      return 0;
    case 0x5:
      return 1;
    case 0x6:
      return 2;
    case 0x7:
      return 4;
    case 0x8:
      return 8;
    case 0x9:
      return 16;
    case 0xa:
    case 0xc:
    case 0xe:
      return 1 + byteAt(bytes, offset);
    case 0xb:
    case 0xd:
    case 0xf:
      return 4 + bytes.readUInt32BE(offset);
    default:
      throw new RangeError(`unknown constructor 0x${code.toString(16)}`);
  }
}

function byteAt(bytes: Buffer, offset: number): number {
  const byte = bytes[offset];
  if (byte === undefined) throw new RangeError(`bytes end at ${offset}`);
  return byte;
}
