import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  encodeMessage,
  encodeRequest,
  framedBytes,
} from '../../../src/destinations/predix-event-hub/wire.js';
import { publisherService, type WireMessage } from '../../simulators/predix-event-hub/protocol.js';

const { send } = publisherService;

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const message = fc.record({
  id: fc.string({ unit: 'binary', maxLength: 40 }),
  body: fc.oneof(
    bytes,
    fc.integer({ min: 0, max: 20_000 }).map((length) => Buffer.alloc(length, 'x')),
  ),
  zone_id: fc.string({ maxLength: 40 }),
  tags: fc.dictionary(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 10 }),
    fc.string({ unit: 'binary', maxLength: 20 }),
    {
      maxKeys: 5,
    },
  ),
  key: bytes,
});

test('a request is read by a decoder of the protocol as what was put into it, in order', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 20 }), (messages) => {
      const request = encodeRequest(messages.map(encodeMessage));
      const read = send?.requestDeserialize(request) as { messages: { msg: WireMessage[] } | null };
      const fields = (read.messages?.msg ?? []).map(({ id, body, zone_id, tags, key }) => ({
        ...{ id, zone_id, tags: { ...tags } },
        ...{ body: body.toString('hex'), key: key.toString('hex') },
      }));
      expect(fields).toEqual(
        messages.map((each) => ({
          ...each,
          tags: { ...each.tags },
          body: each.body.toString('hex'),
          key: each.key.toString('hex'),
        })),
      );
    }),
    { numRuns: 100 },
  );
});

test('a request has the bytes that its messages were counted with', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 20 }), (messages) => {
      const encoded = messages.map(encodeMessage);
      const list = encoded.reduce((sum, { length }) => sum + framedBytes(length), 0);
      expect(encodeRequest(encoded)).toHaveLength(framedBytes(list));
    }),
  );
});

test('a request is byte for byte what the library that others use makes of it', () => {
  const one = { id: 'a', body: Buffer.alloc(921_600), zone_id: 'z', tags: { a: 'b' }, key: Buffer.from('7') };
  const expected = send?.requestSerialize({ messages: { msg: [one, one] } });
  expect(expected?.equals(encodeRequest([encodeMessage(one), encodeMessage(one)]))).toBe(true);
});
