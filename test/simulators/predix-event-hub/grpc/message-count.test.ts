import type { MethodDefinition } from '@grpc/grpc-js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { publisherService } from '../protocol.js';
import { oneMegabyte } from '../publish/publication.js';
import { sizedPublisherService } from './publisher.js';

const { requestDeserialize } = sizedPublisherService()['send'] as MethodDefinition<
  { readonly bytes: number; readonly messages: readonly object[] },
  object
>;
const { requestSerialize } = publisherService['send'] as MethodDefinition<object, object>;

/** A request of so many messages, each as short as one with an id may be, or without any. */
function requestOf(count: number, id = ''): Buffer {
  return requestSerialize({ messages: { msg: Array.from({ length: count }, () => ({ id })) } });
}

test('as many messages with an id as 1 MB has room for are read', () => {
  const count = Math.floor((oneMegabyte - 10) / 5);
  const { messages, bytes } = requestDeserialize(requestOf(count, 'x'));
  expect(messages).toHaveLength(count);
  expect(bytes).toBeLessThanOrEqual(oneMegabyte);
});

test('more messages than that are not read, wherever they are and whatever is between them', () => {
  const many = requestOf(150_000);
  const unknown = Buffer.from([0x10, 0x96, 0x01, 0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x25, 1, 2, 3, 4, 0x2a, 1, 0]);
  expect(requestDeserialize(Buffer.concat([unknown, many])).messages).toHaveLength(150_000);
  expect(() => requestDeserialize(Buffer.concat([many, unknown, many]))).toThrow(RangeError);
});

test('any bytes are read as they would be without the bound, or are none', () => {
  const read = publisherService['send']?.requestDeserialize as (bytes: Buffer) => object;
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (given) => {
      const bytes = Buffer.from(given);
      const outcome = (call: () => object): unknown => {
        try {
          return call();
        } catch (thrown) {
          return (thrown as Error).message;
        }
      };
      const plain = outcome(() => read(bytes)) as { readonly messages?: { readonly msg: object[] } | null };
      const sized = outcome(() => requestDeserialize(bytes));
      if (typeof plain === 'string') expect(sized).toBe(plain);
      else expect(sized).toEqual({ bytes: bytes.length, messages: plain.messages?.msg ?? [] });
    }),
    { numRuns: 500 },
  );
});
