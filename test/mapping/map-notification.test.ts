import { describe, expect, test } from 'vitest';
import { FORMATS, mapNotification } from '../../src/mapping/map-notification.js';
import { scriptedNotification } from '../support/scripted-frames.js';

const SELF = 'https://t1.example.com/event/events/118';
const notification = scriptedNotification({ body: { self: SELF, id: '118', text: 'x'.repeat(5000) } });

describe.each(FORMATS)('in the format %s', (format) => {
  const { event } = mapNotification(notification, format, 'forwarder');

  test('a notification goes to the partition of its source and carries its header as properties', () => {
    expect(event.partitionKey).toBe('111');
    expect(event.properties).toEqual({
      tenant: 't1',
      api: 'events',
      source: '111',
      action: 'CREATE',
      subscription: 'forwarder',
    });
  });

  test('the same notification always gives the same event', () => {
    expect(mapNotification(notification, format, 'forwarder').event).toEqual(event);
  });

  test('the id is that of the other formats', () => {
    expect(event.messageId).toBe(mapNotification(notification, 'raw', 'forwarder').event.messageId);
  });
});

test('each format has its content type', () => {
  const types = FORMATS.map((format) => mapNotification(notification, format, 's').event.contentType);
  expect(types[0]).toBe('application/json');
  expect(types[1]).toMatch(/^application\/cloudevents\+json\b/);
  expect(types[2]).toBe('application/json');
});

test('the flat body carries the id, because some readers see nothing but the body', () => {
  const { event } = mapNotification(notification, 'flat', 's');
  expect(JSON.parse(event.body.toString())).toMatchObject({ messageId: event.messageId, id: '118' });
});

test.each<[string, string, object | string, boolean]>([
  ['measurements', 'CREATE', { id: '118' }, true],
  ['operations', 'CREATE', { id: '118' }, true],
  ['events', 'UPDATE', { id: '118', lastUpdated: '2026-01-01T00:00:00.000Z' }, true],
  ['events', 'DELETE', { id: '118' }, true],
  ['operations', 'UPDATE', { id: '118' }, false],
  ['managedobjects', 'UPDATE', { id: '118' }, false],
  ['events', 'CREATE', {}, false],
  ['events', 'CREATE', 'not JSON', false],
])('%s %s %j can be equal to nothing but its copies: %s', (api, action, body, isUnique) => {
  expect(mapNotification(scriptedNotification({ api, action, body }), 'flat', 's').isUnique).toBe(isUnique);
});
