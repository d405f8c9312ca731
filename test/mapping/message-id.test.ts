import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readJsonBody } from '../../src/mapping/json-body.js';
import { stateIdOf } from '../../src/mapping/message-id.js';
import { type FrameParts, scriptedNotification } from '../support/scripted-frames.js';

function idOf(parts: FrameParts): string {
  const notification = scriptedNotification(parts);
  return stateIdOf(notification, readJsonBody(notification.body)).messageId;
}

const apis = ['alarms', 'events', 'measurements', 'managedobjects', 'operations', 'somethingNew'];
const text = fc.stringMatching(/^[a-z0-9]{1,6}$/);
const parts = fc.record({
  tenant: text,
  api: fc.constantFrom(...apis),
  source: text,
  action: fc.constantFrom('CREATE', 'UPDATE', 'DELETE'),
  body: fc.oneof(
    fc.record({ id: text, lastUpdated: text, x: text }, { requiredKeys: ['id'] }),
    fc.record({ x: text }),
    fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array)),
  ),
});

test('an id is 22 base64url characters', () => {
  fc.assert(
    fc.property(parts, (each) => {
      expect(idOf(each)).toMatch(/^[A-Za-z0-9_-]{22}$/);
    }),
  );
});

test('two copies of a notification with different ack ids have the same id', () => {
  fc.assert(
    fc.property(parts, text, text, (each, first, second) => {
      expect(idOf({ ...each, ackId: first })).toBe(idOf({ ...each, ackId: second }));
    }),
  );
});

test('another tenant, API or action gives another id', () => {
  fc.assert(
    fc.property(parts, fc.constantFrom('tenant', 'api', 'action'), (each, changed) => {
      expect(idOf({ ...each, [changed]: `${each[changed as 'tenant']}x` })).not.toBe(idOf(each));
    }),
  );
});

describe('a measurement', () => {
  const body = { self: 'https://t1.example.com/measurement/measurements/117', id: '117', type: 'c8y_T' };

  test('has the same id whatever the host of its links and the order of its fields', () => {
    const { self, ...rest } = body;
    const other = { ...rest, self: self.replace('t1.example.com', 'cumulocity:8111') };
    expect(idOf({ api: 'measurements', body: other })).toBe(idOf({ api: 'measurements', body }));
  });

  test('has another id than another measurement', () => {
    expect(idOf({ api: 'measurements', body: { ...body, id: '118' } })).not.toBe(
      idOf({ api: 'measurements', body }),
    );
  });

  test('has another id when it is deleted than when it was created', () => {
    const deleted = { api: 'measurements', body: { id: '117' }, action: 'DELETE' };
    expect(idOf(deleted)).not.toBe(idOf({ api: 'measurements', body }));
  });
});

describe.each(['alarms', 'events', 'managedobjects'])('one of the %s', (api) => {
  const body = { id: '119', lastUpdated: '2021-09-03T12:29:02.092Z', self: 'https://a/119' };

  test('has the same id in the same state, read over another host', () => {
    const other = { ...body, self: 'https://b/119' };
    expect(idOf({ api, action: 'UPDATE', body: other })).toBe(idOf({ api, action: 'UPDATE', body }));
  });

  test('has another id once it was updated', () => {
    const later = { ...body, lastUpdated: '2021-09-03T12:29:02.093Z' };
    expect(idOf({ api, action: 'UPDATE', body: later })).not.toBe(idOf({ api, action: 'UPDATE', body }));
  });

  test('is told by its content in an update that names no time', () => {
    const update = { api, action: 'UPDATE', body: { id: '119', count: 1 } };
    expect(idOf({ ...update, body: { id: '119', count: 2 } })).not.toBe(idOf(update));
    expect(idOf({ ...update, ackId: 'another' })).toBe(idOf(update));
  });
});

test('operations differ by any byte', () => {
  fc.assert(
    fc.property(fc.nat({ max: 60 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const body = Buffer.from('{"id":"27598786","status":"PENDING","lastUpdated":"2023-06-08T18:34:59Z"}');
      const changed = Buffer.from(body);
      changed.writeUInt8(changed.readUInt8(at) ^ change, at);
      expect(idOf({ api: 'operations', body: changed })).not.toBe(idOf({ api: 'operations', body }));
    }),
  );
});

test('bodies without an id are told by their content and their device', () => {
  expect(idOf({ body: { a: 1 } })).not.toBe(idOf({ body: { a: 2 } }));
  expect(idOf({ body: { a: 1 }, source: '1' })).not.toBe(idOf({ body: { a: 1 }, source: '2' }));
});

test('two numbers as ids that differ only beyond the precision of a number give two ids', () => {
  const created = (id: string): FrameParts => ({ api: 'measurements', body: `{"id":${id}}` });
  expect(idOf(created('12345678901234567891'))).not.toBe(idOf(created('12345678901234567892')));
});

test('a line feed within an id cannot make two states look like one', () => {
  const first = { api: 'events', body: { id: 'a\nb' } };
  const second = { api: 'events', body: { id: 'a', lastUpdated: 'b' } };
  expect(idOf(first)).not.toBe(idOf(second));
});
