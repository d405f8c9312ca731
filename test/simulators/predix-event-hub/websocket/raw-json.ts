/**
 * Reads published JSON without losing how it is written: the body of a message is delivered byte for byte as it stands
 * in the request (Predix contract, section 6), and `1.0` or a large integer does not survive `JSON.parse`.
 *
 * `JSON.parse` says whether it is JSON and what it means. Only then are the bytes looked through for where values begin
 * and end, which is easy in what is known to be well-formed. Every byte is visited a fixed number of times, and nesting
 * is counted, not followed, so that neither size nor depth does harm.
 */

/** One element of a request. */
export interface RawElement {
  /** What `JSON.parse` makes of it; anything that is JSON. */
  readonly value: unknown;
  /** How long its JSON is, in bytes, without whitespace around it. */
  readonly bytes: number;
  /**
   * The JSON of the member `body`, byte for byte, without whitespace around it; of several the last, as in
   * `JSON.parse`. `undefined`: it has none or is no object.
   */
  readonly body: Buffer | undefined;
}

/** Where a value begins, and the position after it. */
interface Span {
  readonly start: number;
  readonly end: number;
}

interface Member extends Span {
  readonly name: string;
}

const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** A byte order mark stays, and makes it no JSON (RFC 8259, section 8.1). */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads a request: an array, or a lone object, which counts as an array of one.
 *
 * @param bytes UTF-8; may be overwritten afterwards.
 * @throws TypeError when it is not UTF-8.
 * @throws SyntaxError when it is not JSON, or neither array nor object.
 */
export function readRawElements(bytes: Buffer): readonly RawElement[] {
  const parsed: unknown = JSON.parse(utf8.decode(bytes));
  if (typeof parsed !== 'object' || parsed === null) throw new SyntaxError('neither array nor object');
  const values: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  const spans = Array.isArray(parsed) ? elementsOf(bytes) : [trim(bytes, 0, bytes.length)];
  return spans.map((span, index) => {
    const body = bytes[span.start] === openBrace ? findBody(bytes, span.start) : undefined;
    return {
      value: values[index],
      bytes: span.end - span.start,
      // A copy: a message is kept for long, and the memory of a frame is larger and used again.
      body: body && Buffer.from(bytes.subarray(body.start, body.end)),
    };
  });
}

/** Where the elements of the outermost array are. */
function elementsOf(bytes: Buffer): readonly Span[] {
  const spans: Span[] = [];
  let at = skipSpace(bytes, skipSpace(bytes, 0) + 1);
  while (at < bytes.length && bytes[at] !== closeBracket) {
    const end = endOfValue(bytes, at);
    spans.push(trim(bytes, at, end));
    at = bytes[end] === comma ? skipSpace(bytes, end + 1) : end;
  }
  return spans;
}

/** Where the body of an object is that begins at `start`. */
function findBody(bytes: Buffer, start: number): Span | undefined {
  let found: Span | undefined;
  let at = skipSpace(bytes, start + 1);
  while (at < bytes.length && bytes[at] !== closeBrace) {
    const member = readMember(bytes, at);
    if (member.name === 'body') found = trim(bytes, member.start, member.end);
    at = bytes[member.end] === comma ? skipSpace(bytes, member.end + 1) : member.end;
  }
  return found;
}

/** The member whose name begins at `at`. */
function readMember(bytes: Buffer, at: number): Member {
  const nameEnd = endOfString(bytes, at);
  // Names may be escaped: `"b\u006fdy"` is the body too.
  const name = JSON.parse(bytes.toString('utf8', at, nameEnd)) as string;
  const start = skipSpace(bytes, nameEnd) + 1;
  return { name, start, end: endOfValue(bytes, start) };
}

/** Position of the comma or bracket that follows the value at `start`; that of the end when nothing does. */
function endOfValue(bytes: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (depth === 0 && (byte === comma || byte === closeBracket || byte === closeBrace)) return at;
    if (byte === openBracket || byte === openBrace) depth++;
    if (byte === closeBracket || byte === closeBrace) depth--;
    at = byte === quote ? endOfString(bytes, at) : at + 1;
  }
  return at;
}

/** Position after the string whose quotation mark is at `start`. */
function endOfString(bytes: Buffer, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at + 1;
}

function trim(bytes: Buffer, start: number, end: number): Span {
  let last = end;
  while (last > start && isSpace(bytes[last - 1])) last--;
  return { start: skipSpace(bytes, start), end: last };
}

function skipSpace(bytes: Buffer, start: number): number {
  let at = start;
  while (isSpace(bytes[at])) at++;
  return at;
}

/** The whitespace of JSON, which is less than what `trim` of a string takes for it (RFC 8259, section 2). */
function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
