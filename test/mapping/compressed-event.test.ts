import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { compressEvent } from '../../src/mapping/compressed-event.js';
import { scriptedEvent } from '../support/scripted-delivery.js';

test('a packed event has the body within it, says so, and is the same otherwise', async () => {
  const event = scriptedEvent('id', '1', 100_000);
  const packed = await compressEvent(event);
  expect(gunzipSync(packed?.body ?? Buffer.alloc(0))).toEqual(event.body);
  expect(packed?.body.length).toBeLessThan(event.body.length);
  expect({ ...packed, body: event.body }).toEqual({
    ...event,
    contentEncoding: 'gzip',
    properties: { ...event.properties, contentEncoding: 'gzip' },
  });
});

test('what would not become smaller is not packed', async () => {
  expect(await compressEvent({ ...scriptedEvent('id'), body: randomBytes(1000) })).toBeUndefined();
});
