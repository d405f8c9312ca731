/** Arbitrary bodies of notifications: JSON objects in every way of writing them, and everything else. */
import fc from 'fast-check';

/** The names that the flat format adds. */
export const ADDED_NAMES = ['message', 'channel', 'action', 'messageId'] as const;

const whitespace = fc
  .array(fc.constantFrom(' ', '\t', '\n', '\r'), { maxLength: 2 })
  .map((all) => all.join(''));

/** The same name, possibly with each character written as an escape. */
function spelling(name: string): fc.Arbitrary<string> {
  const escaped = Array.from({ length: name.length }, (_, at) =>
    name.charCodeAt(at).toString(16).padStart(4, '0'),
  );
  return fc.constantFrom(JSON.stringify(name), `"${escaped.map((code) => `\\u${code}`).join('')}"`);
}

const name = fc.oneof(
  fc.constantFrom(...ADDED_NAMES),
  fc.constantFrom('__proto__', 'constructor', 'hasOwnProperty', '', 'id', 'self', 'Message', 'message '),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

const field = fc
  .tuple(name.chain(spelling), fc.jsonValue({ maxDepth: 2 }), whitespace, whitespace, whitespace)
  .map(([key, value, before, between, after]) => {
    const indent = between.length === 2 ? 1 : 0;
    return `${before}${key}${between}:${after}${JSON.stringify(value, undefined, indent)}${before}`;
  });

/** The text of a JSON object: any names, repeats among them, any whitespace, escapes, nesting. */
export const objectText = fc
  .tuple(whitespace, fc.array(field, { maxLength: 6 }), whitespace, whitespace)
  .map(([before, fields, inside, after]) => `${before}{${fields.join(',') || inside}}${after}`);

/** Bytes that are not exactly one JSON object. */
export const otherBytes = fc.oneof(
  fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array)),
  objectText.map((text) => Buffer.from(`\ufeff${text}`)),
  objectText.map((text) => Buffer.from(`${text}{}`)),
  objectText.map((text) => Buffer.from(`[${text}]`)),
  objectText.map((text) =>
    Buffer.concat([Buffer.from(text.trimEnd().slice(0, -1)), Buffer.from([0xff, 0x7d])]),
  ),
  fc
    .constantFrom('', 'null', 'true', '7', '"text"', '[]', '{', '{"a":1', '{"a":1,}', "{'a':1}")
    .map((text) => Buffer.from(text)),
);
