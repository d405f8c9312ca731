/**
 * Where the members of a JSON object, or the elements of an array, stand in its bytes: for taking some of them out
 * while the others stay the bytes that they were. Printing a parsed value again would change numbers (1.0, 2^60).
 */

/** One member or element. Positions are offsets into the bytes. */
export interface JsonPart {
  /** Name of the member, unescaped; `undefined` for the element of an array. */
  readonly name: string | undefined;
  /** Where it begins: a member with its name. */
  readonly start: number;
  readonly valueStart: number;
  /** Behind its last byte. */
  readonly end: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);
const BLANK = new Set([0x20, 0x09, 0x0a, 0x0d]);
const WORD_ENDS = new Set([COMMA, ...CLOSING, ...BLANK]);

function skipBlanks(bytes: Buffer, from: number): number {
  let at = from;
  while (BLANK.has(bytes[at] ?? 0)) at++;
  return at;
}

/** The position behind a text that begins here. */
function textEnd(bytes: Buffer, from: number): number {
  let at = from + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}

/** The position behind an object or array that begins here. */
function nestEnd(bytes: Buffer, from: number): number {
  let depth = 0;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) at = textEnd(bytes, at) - 1;
    else if (OPENING.has(byte)) depth++;
    else if (CLOSING.has(byte) && --depth === 0) return at + 1;
  }
  return bytes.length;
}

/** The position behind a number, `true`, `false` or `null` that begins here. */
function wordEnd(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && !WORD_ENDS.has(bytes[at] ?? 0)) at++;
  return at;
}

/** The position behind a value that begins here. */
function valueEnd(bytes: Buffer, from: number): number {
  const byte = bytes[from] ?? 0;
  if (byte === QUOTE) return textEnd(bytes, from);
  return OPENING.has(byte) ? nestEnd(bytes, from) : wordEnd(bytes, from);
}

function partAt(bytes: Buffer, start: number, isMember: boolean): JsonPart {
  if (!isMember) return { name: undefined, start, valueStart: start, end: valueEnd(bytes, start) };
  const nameEnd = textEnd(bytes, start);
  const name = JSON.parse(bytes.toString('utf8', start, nameEnd)) as string;
  const valueStart = skipBlanks(bytes, bytes.indexOf(COLON, nameEnd) + 1);
  return { name, start, valueStart, end: valueEnd(bytes, valueStart) };
}

/**
 * Finds the members of an object or the elements of an array.
 * @param bytes valid JSON in UTF-8; what is not valid gives parts without meaning
 * @param from where the object or array begins, or blanks before it
 * @returns in order; empty when there are none, or when there is neither an object nor an array
 */
export function jsonParts(bytes: Buffer, from = 0): readonly JsonPart[] {
  const opening = skipBlanks(bytes, from);
  const parts: JsonPart[] = [];
  if (!OPENING.has(bytes[opening] ?? 0)) return parts;
  const isObject = bytes[opening] === 0x7b;
  let at = skipBlanks(bytes, opening + 1);
  while (at < bytes.length && !CLOSING.has(bytes[at] ?? 0)) {
    const part = partAt(bytes, at, isObject);
    parts.push(part);
    at = skipBlanks(bytes, part.end);
    if (bytes[at] === COMMA) at = skipBlanks(bytes, at + 1);
  }
  return parts;
}
