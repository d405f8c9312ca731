import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  arrayText,
  escapeAll,
  type MemberText,
  objectText,
  spaced,
  stringText,
  valueText,
} from './json-texts.js';
import { readRawElements } from './raw-json.js';

const fourMegabytes = 4 * 1024 * 1024;

function read(text: string): ReturnType<typeof readRawElements> {
  return readRawElements(Buffer.from(text));
}

function bodies(text: string): readonly (string | undefined)[] {
  return read(text).map(({ body }) => body?.toString());
}

/** The name of a member that is the body, in one of the ways to write it. */
const bodyName = fc.constantFrom('"body"', '"b\\u006fdy"', escapeAll('body'));

/** An object with a body somewhere among other members, and the text of the body. */
const withBody: fc.Arbitrary<{ text: string; body: string }> = fc
  .record({
    before: fc.array(fc.tuple(fc.oneof(stringText, bodyName), valueText), { maxLength: 3 }),
    name: bodyName,
    body: valueText,
    after: fc.array(fc.tuple(stringText, valueText), { maxLength: 3 }),
  })
  .filter(({ after }) => after.every(([name]) => JSON.parse(name) !== 'body'))
  .chain(({ before, name, body, after }) => {
    const members: readonly MemberText[] = [...before, [name, body], ...after];
    return objectText(members).map((text) => ({ text, body }));
  });

const request = fc
  .array(withBody, { maxLength: 4 })
  .chain((objects) =>
    arrayText(objects.map(({ text }) => text)).chain((text) =>
      spaced(text).map((framed) => ({ text: framed, bodies: objects.map(({ body }) => body) })),
    ),
  );

describe('a body', () => {
  test('is the text as it stands in the request, whatever value it is and whatever is around it', () => {
    fc.assert(
      fc.property(request, ({ text, bodies: expected }) => {
        expect(bodies(text)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  test('of a lone object is found too', () => {
    const lone = withBody.chain(({ text, body }) => spaced(text).map((framed) => ({ text: framed, body })));
    fc.assert(
      fc.property(lone, ({ text, body }) => {
        expect(bodies(text)).toEqual([body]);
      }),
    );
  });

  test.each([
    ['a string, with its quotation marks', ' "a \\"b\\" " ', '"a \\"b\\" "'],
    ['a number as it is written', ' 1.0 ', '1.0'],
    ['an integer that is too large for a number', '12345678901234567890', '12345678901234567890'],
    ['an object with its whitespace', '\n{ "a" :\t1 }\r\n', '{ "a" :\t1 }'],
    ['a string of brackets', '"}],{[\\\\"', '"}],{[\\\\"'],
    ['a surrogate pair', '"😀"', '"😀"'],
    ['an object that has a body itself', '{"body":{"body":1}}', '{"body":{"body":1}}'],
  ])('is %s', (_what, written, expected) => {
    expect(bodies(`[{"id":"1","body":${written}},{"id":"2"}]`)).toEqual([expected, undefined]);
  });

  test('is the last of several', () => {
    expect(bodies('{"body":1,"body":2 ,"id":"a","bod\\u0079": 3 }')).toEqual(['3']);
  });

  test('of an object inside another, or of none, is none', () => {
    expect(bodies('[{"a":{"body":1}},[{"body":1}],"body",{},{"Body":1}]')).toEqual(Array(5).fill(undefined));
  });

  test('does not change when the memory of the frame is used again', () => {
    const bytes = Buffer.from('[{"body":"kept"}]');
    const [element] = readRawElements(bytes);
    bytes.fill(0);
    expect(element?.body?.toString()).toBe('"kept"');
  });
});

describe('an element', () => {
  test('has the value and the length that it has as JSON', () => {
    const elements = fc.array(valueText, { maxLength: 4 });
    fc.assert(
      fc.property(
        elements.chain((texts) => arrayText(texts).map((text) => ({ texts, text }))),
        ({ texts, text }) => {
          const found = read(text);
          expect(found.map(({ value }) => value)).toEqual(JSON.parse(text));
          expect(found.map(({ bytes }) => bytes)).toEqual(texts.map((each) => Buffer.byteLength(each)));
        },
      ),
    );
  });
});

describe('a request', () => {
  test('that is not JSON is refused, exactly as JSON.parse would', () => {
    const damaged = fc
      .tuple(request, fc.nat(), fc.constantFrom(...'{}[]",:\\0a \u00a0', ''))
      .map(([{ text }, at, put]) => {
        const place = at % text.length;
        // What is left of a surrogate pair cannot be sent.
        return Buffer.from(text.slice(0, place) + put + text.slice(place + 1)).toString();
      });
    fc.assert(
      fc.property(damaged, (text) => {
        const parsed = attempt(() => JSON.parse(text) as unknown);
        const isList = typeof parsed === 'object' && parsed !== null;
        const elements = attempt(() => read(text).map(({ value }) => value));
        expect(elements).toEqual(isList ? [parsed].flat() : undefined);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['nothing', ''],
    ['whitespace', ' \n'],
    ['a string', '"a"'],
    ['null', 'null'],
    ['text after its end', '[{"id":"1"}] x'],
    ['a second array', '[][]'],
    ['objects without an array', '{"id":"1"}, {"id":"2"}'],
    ['a comma before a bracket', '[{"id":"1",}]'],
    ['a byte order mark', '\ufeff[]'],
    ['whitespace that is not of JSON', '[\u00a0]'],
    ['a line break in a string', '["a\nb"]'],
    ['a bracket that is left open', '['.repeat(fourMegabytes)],
  ])('of %s is refused', (_what, text) => {
    expect(() => read(text)).toThrow(SyntaxError);
  });

  test('that is not UTF-8 is refused', () => {
    expect(() => readRawElements(Buffer.from([0x5b, 0x22, 0xc3, 0x28, 0x22, 0x5d]))).toThrow(TypeError);
  });

  test.each([
    ['a body a million arrays deep', `${'['.repeat(1e6)}${']'.repeat(1e6)}`],
    ['a body half a million objects deep', `${'{"a":'.repeat(5e5)}1${'}'.repeat(5e5)}`],
    ['a body of escapes', `"${'\\\\'.repeat(2e6)}"`],
    ['a body of quotation marks', `"${'\\"'.repeat(2e6)}"`],
  ])('with %s is read', (_what, body) => {
    expect(bodies(`[{"id":"1", "body" : ${body} }]`).map((each) => each === body)).toEqual([true]);
  });

  test('with as many members and elements as there is room for is read', () => {
    expect(bodies(`[{${'"a":0,'.repeat(5e5)}"body":1}]`)).toEqual(['1']);
    expect(read(`[${'0,'.repeat(1e6)}0]`)).toHaveLength(1e6 + 1);
    expect(bodies(`[${' '.repeat(fourMegabytes)}{"body":1}${' '.repeat(fourMegabytes)}]`)).toEqual(['1']);
  });
});

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
