import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HubEvent } from '../../src/mapping/hub-event.js';
import { FORMATS, type Format, mapNotification } from '../../src/mapping/map-notification.js';
import { NEVER_TRIMMED, trimEvent } from '../../src/mapping/trimmed-event.js';
import { scriptedNotification } from '../support/scripted-frames.js';
import { objectText } from './json-bodies.js';
import { topLevelNames } from './top-level-names.js';

function eventOf(body: unknown, format: Format): HubEvent {
  return mapNotification(scriptedNotification({ body }), format, 's').event;
}

/** The notification's own object, as text. */
function objectIn({ body }: HubEvent, format: Format): string {
  if (format !== 'cloudevents') return body.toString();
  return /"data":(.*)\}$/s.exec(body.toString())?.[1] ?? '';
}

describe.each(FORMATS)('in the format %s', (format) => {
  test('the named fragments are cut out, and every other byte stays', () => {
    const body =
      '{ "id":"1", "c8y_Big" : {"a":[1.0,{"id":"x"}]} ,\n"n":1.10,"c8y_T":{"c8y_Big":1},"big":12345678901234567890}';
    const event = eventOf(body, format);
    const trimmed = trimEvent(event, format, ['c8y_Big', 'c8y_Other']);
    const cut = '"c8y_Big" : {"a":[1.0,{"id":"x"}]} ,\n';
    expect(trimmed?.body.toString()).toBe(event.body.toString().replace(cut, ''));
    expect(trimmed?.properties).toEqual({ ...event.properties, trimmed: 'c8y_Big' });
    expect(trimmed).toMatchObject({
      messageId: event.messageId,
      partitionKey: event.partitionKey,
      contentType: event.contentType,
    });
  });

  test('the last one goes with the comma before it, and all of them leave a good object', () => {
    const event = eventOf('{"id":"1","a":1,"b":2, "c" : 3 }', format);
    const bodies = [['c'], ['b', 'c'], ['a', 'c'], ['a', 'b', 'c']].map((names) =>
      JSON.parse(objectIn(trimEvent(event, format, names) ?? event, format)),
    );
    expect(bodies).toMatchObject([
      { id: '1', a: 1, b: 2 },
      { id: '1', a: 1 },
      { id: '1', b: 2 },
      { id: '1' },
    ]);
    expect(bodies.flatMap(Object.keys)).not.toContain('c');
  });

  test('a name that is written with escapes, or stands twice, is found', () => {
    const event = eventOf('{"\\u0063":1,"id":"1","c":2}', format);
    const trimmed = trimEvent(event, format, ['c']);
    expect(objectIn(trimmed ?? event, format)).not.toMatch(/c":2|0063/);
    expect(JSON.parse(objectIn(trimmed ?? event, format))).toMatchObject({ id: '1' });
  });

  test('an event without any of them is not changed', () => {
    expect(
      trimEvent(eventOf({ id: '1', c8y_T: { c8y_Big: 1 } }, format), format, ['c8y_Big']),
    ).toBeUndefined();
  });

  test.each<[string, Buffer]>([
    ['bytes', Buffer.from([0xff, 0x7b])],
    ['what only begins like an object', Buffer.from('{"c8y_Big":1')],
    ['a list', Buffer.from('[{"c8y_Big":1}]')],
    ['a text', Buffer.from('"c8y_Big"')],
  ])('%s: there is nothing to cut', (_what, body) => {
    expect(trimEvent(eventOf(body, format), format, ['c8y_Big'])).toBeUndefined();
  });

  test('whatever the object is, what is left is the object without them', () => {
    fc.assert(
      fc.property(objectText, fc.array(fc.nat(10)), (text, chosen) => {
        const names = topLevelNames(text);
        const cut = [...new Set(chosen.flatMap((at) => names[at] ?? []))].filter(
          (name) => !NEVER_TRIMMED.includes(name),
        );
        const event = eventOf(text, format);
        const trimmed = trimEvent(event, format, cut);
        expect(trimmed === undefined).toBe(cut.length === 0);
        const before = JSON.parse(objectIn(event, format)) as Record<string, unknown>;
        const after = JSON.parse(objectIn(trimmed ?? event, format)) as Record<string, unknown>;
        const expected = Object.entries(before).filter(([name]) => !cut.includes(name));
        expect(Object.entries(after)).toEqual(expected);
      }),
    );
  });
});

test('what the formats add is not the object’s own: it cannot be cut out of them', () => {
  const flat = eventOf(Buffer.from([0xff]), 'flat');
  const added = Object.keys(JSON.parse(flat.body.toString()) as object);
  expect(NEVER_TRIMMED).toEqual(expect.arrayContaining(added));
  const cloudEvent = eventOf({ id: '1', specversion: 'own', data: 1 }, 'cloudevents');
  const trimmed = trimEvent(cloudEvent, 'cloudevents', ['specversion', 'data']);
  expect(JSON.parse(trimmed?.body.toString() ?? '')).toMatchObject({ specversion: '1.0', data: { id: '1' } });
});
