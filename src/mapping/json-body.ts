/**
 * What the mapping has to know of a notification's body. The body is parsed to read it and thrown away again:
 * what is sent are the bytes that came. (Measured: `JSON.parse` beats a scan of the bytes in JavaScript at
 * every size; docs/decisions/0003-read-bodies-with-json-parse.md.)
 */
import { isUtf8 } from 'node:buffer';

/** A body that is one JSON object. */
export interface JsonBody {
  /** The bytes that came. */
  readonly bytes: Buffer;
  /** The position behind the opening brace, where fields can be spliced in. */
  readonly inside: number;
  readonly isEmpty: boolean;
  /** Whether the object has a top-level field of this name. */
  has(name: string): boolean;
  /** The value of a top-level field that is a text, or a number that has lost no digits. */
  text(name: string): string | undefined;
}

/**
 * Reads a body.
 * @param bytes the body as it came
 * @returns `undefined` when it is not exactly one JSON object in UTF-8 without a byte order mark
 */
export function readJsonBody(bytes: Buffer): JsonBody | undefined {
  // Decoding would replace a broken byte silently, and the spliced result would not be UTF-8.
  if (!isUtf8(bytes)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const fields = value as Record<string, unknown>;
  let isEmpty = true;
  for (const _ in fields) {
    isEmpty = false;
    break;
  }
  return {
    bytes,
    inside: bytes.indexOf('{') + 1,
    isEmpty,
    has: (name) => Object.hasOwn(fields, name),
    text: (name) => {
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (typeof field === 'string') return field;
      return Number.isSafeInteger(field) ? String(field) : undefined;
    },
  };
}
