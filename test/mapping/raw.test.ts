import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readJsonBody } from '../../src/mapping/json-body.js';
import { toRaw } from '../../src/mapping/raw.js';
import { scriptedNotification } from '../support/scripted-frames.js';
import { objectText, otherBytes } from './json-bodies.js';

test('any body goes out as the same bytes', () => {
  const bodies = fc.oneof(
    otherBytes,
    objectText.map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(bodies, (bytes) => {
      const body = readJsonBody(bytes);
      const raw = toRaw(scriptedNotification({ body: bytes }), body);
      expect(raw.body.equals(bytes)).toBe(true);
      expect(raw.contentType).toBe(body === undefined ? 'application/octet-stream' : 'application/json');
    }),
  );
});
