/** What the .NET SDK does and no other, as its sources say; it is spoken here with a bare AMQP client. */
import type { Socket } from 'node:net';
import rhea, { type Connection, type Message } from 'rhea';
import { expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { batchFormat } from './envelope.js';
import type { LocalEventHubs } from './local-event-hubs.js';
import { claimedConnection, encodedEvent, next, rawConnection, rawSession, rootToken } from './raw-client.js';
import { closeAfterTest, startHubs } from './sdk-clients.js';
import { selfSignedCertificate } from './self-signed-certificate.js';

/** A request link: two links on one session, credit 50, requests pre-settled, answers found by the target address. */
async function duplexRequest(connection: Connection, node: string, request: object): Promise<Message> {
  const session = rawSession(connection);
  const replyTo = 'b5e1f1a2-0000-4000-8000-000000000001';
  const receiver = session.open_receiver({
    name: 'duplex1:1:receiver',
    source: node,
    target: replyTo,
    credit_window: 0,
    snd_settle_mode: 1,
  });
  receiver.add_credit(50);
  const sender = session.open_sender({ name: 'duplex1:1:sender', target: node, snd_settle_mode: 1 });
  await next(sender, 'sendable');
  sender.send({ ...request, reply_to: replyTo } as Message);
  const { message } = await next(receiver, 'message');
  if (!message) throw new Error('no message');
  return message;
}

async function dotnetConnection(hubs: LocalEventHubs): Promise<Connection> {
  const connection = await rawConnection(hubs, 'MSSBCBS');
  const properties = {
    operation: 'put-token',
    type: 'servicebus.windows.net:sastoken',
    name: 'sb://localhost/telemetry',
    expiration: rhea.types.wrap_timestamp(Date.now() + 3_600_000),
  };
  const request = { message_id: 'id-1', body: rootToken(hubs), application_properties: properties };
  const answer = await duplexRequest(connection, '$cbs', request);
  expect(answer.correlation_id).toBe('id-1');
  expect(answer.application_properties).toMatchObject({ 'status-code': 202 });
  return connection;
}

/** Everything the socket receives from now on. */
function listen(connection: Connection): () => Buffer {
  let bytes = Buffer.alloc(0);
  const { socket } = connection as unknown as { socket: Socket };
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
  });
  return () => bytes;
}

/** The AMQP constructor of the value behind a string key of a map. */
function typeOf(bytes: Buffer, key: string): number | undefined {
  const encoded = Buffer.concat([Buffer.from([0xa1, key.length]), Buffer.from(key)]);
  const at = bytes.indexOf(encoded);
  return at < 0 ? undefined : bytes[at + encoded.length];
}

const [int, long, timestamp, array, text] = [
  [0x54, 0x71],
  [0x55, 0x81],
  [0x83],
  [0xe0, 0xf0],
  [0xa1, 0xb1],
] as const;

test('properties come over a duplex link, every one of the exact type', async () => {
  const hubs = await startHubs();
  const connection = await dotnetConnection(hubs);
  const received = listen(connection);
  const base = { operation: 'READ', name: 'telemetry' };
  const ofHub = { ...base, type: 'com.microsoft:eventhub' };
  const ofPartition = { ...base, type: 'com.microsoft:partition', partition: '0' };
  const hub = await duplexRequest(connection, '$management', { application_properties: ofHub });
  expect(hub.body).toMatchObject({ name: 'telemetry', partition_ids: ['0', '1', '2', '3'] });
  await duplexRequest(connection, '$management', { application_properties: ofPartition });
  const expected: [string, readonly number[]][] = [
    ['status-code', int],
    ['created_at', timestamp],
    ['partition_count', int],
    ['georeplication_factor', int],
    ['partition_ids', array],
    ['begin_sequence_number', long],
    ['last_enqueued_sequence_number', long],
    ['last_enqueued_offset', text],
    ['last_enqueued_time_utc', timestamp],
    ['is_partition_empty', [0x41, 0x42, 0x56]],
  ];
  for (const [key, types] of expected)
    expect([key, types.includes(typeOf(received(), key) ?? 0)]).toEqual([key, true]);
});

test.each(['/telemetry', '/telemetry/Partitions/2'])(
  'a batch of one event is sent as format 0 to %s',
  async (target) => {
    const hubs = await startHubs();
    const properties = {
      'com.microsoft:timeout': rhea.types.wrap_uint(60_000),
      'com.microsoft:entity-type': rhea.types.wrap_int(7),
    };
    const sender = rawSession(await dotnetConnection(hubs)).open_sender({ target, properties });
    await next(sender, 'sendable');
    const event = {
      message_annotations: { 'x-opt-partition-key': 'device' },
      body: rhea.message.data_section(Buffer.from('1')),
    };
    sender.send(rhea.message.encode(event), undefined, 0);
    await next(sender, 'accepted');
    sender.send(
      rhea.message.encode({ body: rhea.message.data_sections([encodedEvent('2'), encodedEvent('3')]) }),
      undefined,
      batchFormat,
    );
    await next(sender, 'accepted');
    expect(hubs.hub('telemetry').eventCount).toBe(3);
    const all = ['0', '1', '2', '3'].flatMap((id) => hubs.hub('telemetry').partition(id).events());
    expect(all.find((stored) => stored.body.toString() === '1')?.partitionKey).toBe('device');
  },
);

test('a settled receiver with an unquoted filter under a numeric descriptor gets pre-settled events', async () => {
  const hubs = await startHubs();
  hubs
    .hub('telemetry')
    .partition('0')
    .append([encodedEvent('a'), encodedEvent('b')], undefined);
  const descriptor = rhea.types.wrap_ulong(0x1370_0000_0a);
  const selector = rhea.types.wrap_described('amqp.annotation.x-opt-sequence-number > 0', descriptor);
  const session = rawSession(await dotnetConnection(hubs));
  const receiver = session.open_receiver({
    source: {
      address: '/telemetry/ConsumerGroups/$Default/Partitions/0',
      filter: { 'apache.org:selector-filter:string': selector },
    },
    snd_settle_mode: 1,
    properties: { 'com.microsoft:epoch': rhea.types.wrap_long(3) },
    credit_window: 0,
  });
  receiver.add_credit(300);
  const { message, delivery } = await next(receiver, 'message');
  expect(String((message?.body as { content: Buffer } | undefined)?.content)).toBe('b');
  expect((delivery as unknown as { remote_settled: boolean }).remote_settled).toBe(true);
  expect(receiver.snd_settle_mode).toBe(1);
});

test('the subprotocol amqp and a path that ends in a slash carry AMQP', async () => {
  const hubs = await startHubs({ tls: selfSignedCertificate() });
  const connect = rhea.websocket_connect(
    WebSocket as unknown as Parameters<typeof rhea.websocket_connect>[0],
  );
  const url = `wss://localhost:${hubs.httpsPort}/$servicebus/websocket/`;
  const details = connect(url, ['amqp'], { rejectUnauthorized: false });
  const connection = rhea.create_container().connect({
    connection_details: details,
    reconnect: false,
    username: 'anonymous',
  } as unknown as Parameters<typeof rhea.connect>[0]);
  connection.on('disconnected', () => undefined);
  closeAfterTest(async () => connection.close());
  await next(connection, 'connection_open');
  expect(hubs.connections()).toBe(1);
});

test('requests that come before the credit for their answers are answered when it comes', async () => {
  const hubs = await startHubs();
  const session = rawSession(await claimedConnection(hubs));
  const receiver = session.open_receiver({ source: '$management', target: 'replies', credit_window: 0 });
  await next(receiver, 'receiver_open');
  const sender = session.open_sender({ target: '$management', snd_settle_mode: 1 });
  await next(sender, 'sendable');
  const got: unknown[] = [];
  receiver.on('message', ({ message }: { message: Message }) => got.push(message.correlation_id));
  for (const id of ['a', 'b']) {
    const properties = { operation: 'READ', name: 'telemetry', type: 'com.microsoft:eventhub' };
    sender.send({ message_id: id, reply_to: 'replies', body: '', application_properties: properties });
  }
  receiver.add_credit(1);
  await vi.waitFor(() => expect(got).toEqual(['a']));
  receiver.add_credit(1);
  await vi.waitFor(() => expect(got).toEqual(['a', 'b']));
});
