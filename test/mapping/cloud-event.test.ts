import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toCloudEvent } from '../../src/mapping/cloud-event.js';
import { readJsonBody } from '../../src/mapping/json-body.js';
import type { Notification } from '../../src/notifications/frame.js';
import { scriptedNotification } from '../support/scripted-frames.js';
import { objectText, otherBytes } from './json-bodies.js';
import { topLevelNames } from './top-level-names.js';

function convert(notification: Notification): { text: string; event: Record<string, unknown> } {
  const { body, contentType } = toCloudEvent(notification, readJsonBody(notification.body), 'the-id');
  expect(contentType).toMatch(/^application\/cloudevents\+json\b/);
  const text = body.toString();
  return { text, event: JSON.parse(text) as Record<string, unknown> };
}

test('every attribute is there', () => {
  const body = { id: '118', time: '2021-09-03T12:29:01.664Z', text: 'Door sensor was triggered' };
  const { event } = convert(scriptedNotification({ body }));
  expect(event).toEqual({
    specversion: '1.0',
    type: 'com.cumulocity.events.CREATE',
    source: '/t1/111',
    subject: '118',
    id: 'the-id',
    time: '2021-09-03T12:29:01.664Z',
    datacontenttype: 'application/json',
    data: body,
  });
});

test('any JSON object becomes the data, byte for byte, and the required attributes are there', () => {
  fc.assert(
    fc.property(objectText, (text) => {
      const { text: converted, event } = convert(scriptedNotification({ body: text }));
      expect(converted.endsWith(`"data":${text}}`)).toBe(true);
      expect(event).toMatchObject({
        specversion: '1.0',
        type: 'com.cumulocity.events.CREATE',
        source: '/t1/111',
      });
      const names = topLevelNames(converted);
      expect(new Set(names).size).toBe(names.length);
    }),
    { numRuns: 200 },
  );
});

test('anything else becomes data_base64, which decodes to the very same bytes', () => {
  fc.assert(
    fc.property(otherBytes, (bytes) => {
      fc.pre(readJsonBody(bytes) === undefined);
      const { event } = convert(scriptedNotification({ body: bytes }));
      expect(Buffer.from(String(event['data_base64']), 'base64').equals(bytes)).toBe(true);
      expect(event).not.toHaveProperty('data');
      expect(event).toMatchObject({ id: 'the-id', datacontenttype: 'application/octet-stream' });
    }),
  );
});

test('the source is a valid URI reference whatever tenant and device are called', () => {
  const { event } = convert(scriptedNotification({ tenant: 'a b', source: 'ü/?#' }));
  expect(event['source']).toBe('/a%20b/%C3%BC%2F%3F%23');
});

describe('the time', () => {
  test.each(['2021-09-03T12:29:01Z', '2023-06-08T20:06:08.263+02:00'])('%s is taken over', (time) => {
    expect(convert(scriptedNotification({ body: { time } })).event['time']).toBe(time);
  });

  test.each(['', 'yesterday', '2021-09-03', '2021-09-03 12:29:01Z', '2021-09-03T12:29:01', 5, null])(
    '%j is not RFC 3339, so there is none',
    (time) => {
      expect(convert(scriptedNotification({ body: { time } })).event).not.toHaveProperty('time');
    },
  );
});

test('a body without an id has no subject', () => {
  expect(convert(scriptedNotification({ body: {} })).event).not.toHaveProperty('subject');
});
