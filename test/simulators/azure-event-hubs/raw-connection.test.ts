import { connect } from 'node:net';
import { expect, test, vi } from 'vitest';
import {
  ask,
  claimedConnection,
  next,
  putRootToken,
  rawConnection,
  rawSession,
  refusal,
  rootToken,
} from './raw-client.js';
import { closeAfterTest, startHubs } from './sdk-clients.js';

test.each(['ANONYMOUS', 'MSSBCBS', 'EXTERNAL'])('a client may connect by %s', async (mechanism) => {
  const hubs = await startHubs();
  const connection = await rawConnection(hubs, mechanism);
  expect(connection.is_open()).toBe(true);
});

test('performatives are written with all their fields', async () => {
  const hubs = await startHubs();
  const socket = connect(hubs.amqpPort, 'localhost');
  closeAfterTest(async () => socket.destroy());
  socket.write(Buffer.from('AMQP\x00\x01\x00\x00', 'latin1'));
  socket.write(openFrame());
  let bytes = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
  });
  // Protocol header, frame header, descriptor, list32 with its size: then the count.
  await vi.waitFor(() => expect(bytes.length).toBeGreaterThan(28));
  expect(bytes.readUInt32BE(8 + 8 + 3 + 1 + 4)).toBe(10);
});

function openFrame(): Buffer {
  const performative = Buffer.from([0x00, 0x53, 0x10, 0xc0, 4, 1, 0xa1, 1, 0x78]);
  const head = Buffer.from([0, 0, 0, performative.length + 8, 2, 0, 0, 0]);
  return Buffer.concat([head, performative]);
}

test('put-token and READ are answered without reply-to, with the type of the id kept and an int status', async () => {
  const hubs = await startHubs();
  const connection = await rawConnection(hubs);
  const answer = await putRootToken(connection, hubs);
  expect(answer.correlation_id).toBe(0);
  expect(answer.application_properties).toMatchObject({
    'status-code': 202,
    'status-description': 'Accepted',
  });
  const properties = await ask(connection, '$management', {
    message_id: 'text id',
    body: Buffer.from('[]'),
    application_properties: {
      operation: 'READ',
      name: 'telemetry',
      type: 'com.microsoft:eventhub',
      security_token: 7,
    },
  });
  expect(properties.correlation_id).toBe('text id');
  expect(properties.body).toMatchObject({ partition_count: 4, georeplication_factor: 1 });
});

test('a put-token for an unknown hub is answered 404, and garbage 400', async () => {
  const hubs = await startHubs();
  const connection = await rawConnection(hubs);
  const unknown = await putRootToken(connection, hubs, 'nothing');
  expect(unknown.application_properties).toMatchObject({
    'status-code': 404,
    'error-condition': 'amqp:not-found',
  });
  const garbage = await ask(connection, '$cbs', {
    body: [1],
    application_properties: { operation: 'put-token' },
  });
  expect(garbage.application_properties).toMatchObject({ 'status-code': 400 });
});

test('a claim for a consumer group is good for readers of that group only', async () => {
  const hubs = await startHubs();
  const connection = await rawConnection(hubs);
  const answer = await putRootToken(connection, hubs, 'telemetry/consumergroups/$Default');
  expect(answer.application_properties).toMatchObject({ 'status-code': 202 });
  const session = rawSession(connection);
  await next(session.open_receiver('telemetry/ConsumerGroups/$Default/Partitions/0'), 'receiver_open');
  const refused = refusal(session.open_sender('telemetry'), 'sender_error');
  expect(await refused).toMatchObject({ condition: 'amqp:unauthorized-access' });
});

test('without a claim links are refused', async () => {
  const hubs = await startHubs();
  const session = rawSession(await rawConnection(hubs));
  const refused = { condition: 'amqp:unauthorized-access' };
  expect(await refusal(session.open_sender('telemetry'), 'sender_error')).toMatchObject(refused);
  expect(
    await refusal(session.open_receiver('telemetry/ConsumerGroups/$Default/Partitions/0'), 'receiver_error'),
  ).toMatchObject(refused);
});

test('a request for properties is answered by the token it carries, and without any by none', async () => {
  const hubs = await startHubs();
  const connection = await rawConnection(hubs);
  const statusFor = async (token: unknown) => {
    const names = { operation: 'READ', name: 'telemetry', type: 'com.microsoft:eventhub' };
    const properties = token === undefined ? names : { ...names, security_token: token };
    const request = { message_id: 1, body: '', application_properties: properties };
    return (await ask(connection, '$management', request)).application_properties?.['status-code'];
  };
  expect(await statusFor(undefined)).toBe(401);
  expect(await statusFor(rootToken(hubs, -60))).toBe(401);
  expect(await statusFor(rootToken(hubs))).toBe(200);
});

test('frames for a session that has ended are ignored', async () => {
  const hubs = await startHubs();
  const connection = await claimedConnection(hubs);
  const session = rawSession(connection);
  const sender = session.open_sender('telemetry');
  await next(sender, 'sendable');
  const lateWriter = session as unknown as { _write_flow(): void };
  session.close();
  await next(session, 'session_close');
  lateWriter._write_flow();
  const again = rawSession(connection).open_sender('telemetry');
  await next(again, 'sendable');
  expect(hubs.connections()).toBe(1);
});

test('a connection without links is closed when it is idle', async () => {
  const hubs = await startHubs({ connectionIdleMs: 40 });
  const connection = await rawConnection(hubs);
  await next(connection, 'connection_close');
  expect(connection.error).toMatchObject({ condition: 'amqp:connection:forced' });
});

test('a connection that puts no token in time is dropped, and one that does stays', async () => {
  const hubs = await startHubs({ tokenDeadlineMs: 150 });
  const good = await claimedConnection(hubs);
  const silent = await rawConnection(hubs);
  await next(silent, 'disconnected');
  await vi.waitFor(() => expect(hubs.connections()).toBe(1));
  expect(good.is_open()).toBe(true);
});
