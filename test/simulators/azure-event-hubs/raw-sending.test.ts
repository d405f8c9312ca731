import type { Socket } from 'node:net';
import rhea from 'rhea';
import { expect, test } from 'vitest';
import { batchFormat } from './envelope.js';
import { claimedConnection, encodedEvent, next, rawSession } from './raw-client.js';
import { startHubs } from './sdk-clients.js';

test.each(['telemetry/Partitions/0', '/telemetry/Partitions/0', 'amqps://localhost/TELEMETRY/partitions/0'])(
  'a sender to %s is announced its terms and may send single events',
  async (target) => {
    const hubs = await startHubs();
    const sender = rawSession(await claimedConnection(hubs)).open_sender({
      target,
      rcv_settle_mode: 1,
      max_message_size: 1,
    });
    await next(sender, 'sendable');
    expect(sender.max_message_size).toBe(1_048_576);
    expect(sender.properties).toEqual({});
    expect(sender.rcv_settle_mode).toBe(1);
    expect(sender.target.address).toBe(target);
    sender.send({ body: rhea.message.data_section(Buffer.from('alone')), message_id: 'm' });
    await next(sender, 'settled');
    const [stored] = hubs.hub('telemetry').partition('0').events();
    expect(stored?.body.toString()).toBe('alone');
    expect(stored?.messageId).toBe('m');
  },
);

test.each([
  [
    'a data section that is cut off',
    batchFormat,
    Buffer.from([0x00, 0x53, 0x75, 0xa0, 9, 1]),
    'amqp:decode-error',
  ],
  ['an event that is no message', batchFormat, encodedEvent('not a message'), 'amqp:decode-error'],
  ['bytes that are no message', 0, Buffer.from('garbage'), 'amqp:decode-error'],
  ['an unknown message format', 7, encodedEvent('x'), 'amqp:not-implemented'],
])('%s is rejected and the link goes on', async (_, format, payload, condition) => {
  const hubs = await startHubs();
  const sender = rawSession(await claimedConnection(hubs)).open_sender('telemetry/Partitions/0');
  await next(sender, 'sendable');
  const delivery = sender.send(payload, undefined, format);
  await next(sender, 'rejected');
  expect(delivery.remote_state?.['error']).toMatchObject({ condition });
  expect(hubs.hub('telemetry').eventCount).toBe(0);
  sender.send(encodedEvent('good'), undefined, 0);
  await next(sender, 'accepted');
});

test('an error is written with all its fields, in an outcome and in a detach', async () => {
  const hubs = await startHubs();
  const connection = await claimedConnection(hubs);
  let received = Buffer.alloc(0);
  const { socket } = connection as unknown as { socket: Socket };
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
  });
  const sender = rawSession(connection).open_sender('telemetry/Partitions/0');
  await next(sender, 'sendable');
  sender.send(Buffer.from('garbage'), undefined, 0);
  await next(sender, 'rejected');
  hubs.faults.detachLinks();
  await next(sender, 'sender_error');
  // The Python SDK reads the third field, the info map, by its position.
  expect(errorFieldCounts(received)).toEqual([3, 3]);
});

/** Field counts of the errors among these bytes: described by code 0x1d, each a list32 with size and count. */
function errorFieldCounts(bytes: Buffer): number[] {
  const head = Buffer.from([0x00, 0x53, 0x1d, 0xd0]);
  const counts: number[] = [];
  for (let at = bytes.indexOf(head); at >= 0; at = bytes.indexOf(head, at + 1)) {
    counts.push(bytes.readUInt32BE(at + 8));
  }
  return counts;
}
