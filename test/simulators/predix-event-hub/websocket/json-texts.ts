/** JSON as text, written in every way that is allowed, for property tests. */
import fc from 'fast-check';

/** A member of an object: the text of its name, and that of its value. */
export type MemberText = readonly [name: string, value: string];

/** Any whitespace of JSON, also none. */
const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 3 });

/** Among them are some that `JSON.stringify` would not give back as they were. */
const numberText = fc.oneof(
  fc.constantFrom('0', '-0', '1.0', '1e400', '-1.50E+2', '123456789012345678901234567890'),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
);

/** A string with every UTF-16 unit as an escape. */
export function escapeAll(value: string): string {
  const units = Array.from({ length: value.length }, (_, at) => value.charCodeAt(at));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`;
}

/** Strings: with and without escapes, with what looks like structure, and with half a surrogate pair. */
export const stringText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary' }).map((value) => JSON.stringify(value)),
  fc.string({ unit: 'binary' }).map(escapeAll),
  fc.string({ unit: fc.constantFrom(...'"\\{}[],: ') }).map((value) => JSON.stringify(value)),
  fc.constantFrom('"\\ud800"', '"\\\\"', '"\\\\\\""', '"\\/"', '"\u2028\u00a0"'),
);

/** Any JSON value, without whitespace around it. */
export const valueText: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    numberText,
    stringText,
    fc.constantFrom('true', 'false', 'null'),
    fc.array(tie('value'), { maxLength: 4 }).chain(arrayText),
    fc.array(fc.tuple(stringText, tie('value')), { maxLength: 4 }).chain(objectText),
  ),
})).value;

/** An array of these elements, with any whitespace inside. */
export function arrayText(elements: readonly string[]): fc.Arbitrary<string> {
  return enclosed('[', elements.map(spaced), ']');
}

/** An object of these members in this order, with any whitespace inside. */
export function objectText(members: readonly MemberText[]): fc.Arbitrary<string> {
  const texts = members.map(([name, value]) =>
    fc.tuple(spaced(name), spaced(value)).map((pair) => pair.join(':')),
  );
  return enclosed('{', texts, '}');
}

/** A text with any whitespace around it. */
export function spaced(text: string): fc.Arbitrary<string> {
  return fc.tuple(space, space).map(([before, after]) => `${before}${text}${after}`);
}

function enclosed(open: string, items: readonly fc.Arbitrary<string>[], close: string): fc.Arbitrary<string> {
  const inside = items.length === 0 ? space : fc.tuple(...items).map((texts) => texts.join(','));
  return inside.map((text) => `${open}${text}${close}`);
}
