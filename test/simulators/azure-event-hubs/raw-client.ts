/** A bare AMQP client, for what the JavaScript SDK never does and other SDKs do. */
import type { EventEmitter } from 'node:events';
import rhea, { type Connection, type EventContext, type Message, type Session } from 'rhea';
import type { LocalEventHubs } from './local-event-hubs.js';
import { createSasToken } from './sas.js';
import { closeAfterTest } from './sdk-clients.js';

/** The context of the next such event. */
export function next(emitter: EventEmitter, event: string): Promise<EventContext> {
  return new Promise((resolve) => emitter.once(event, resolve));
}

/** Connects without a token, by a SASL mechanism that says nothing about the client. */
export async function rawConnection(hubs: LocalEventHubs, mechanism = 'ANONYMOUS'): Promise<Connection> {
  const container = rhea.create_container();
  // Errors are looked at where they are expected; unheard ones would end the test run.
  for (const event of ['error', 'connection_error', 'session_error', 'receiver_error', 'sender_error']) {
    container.on(event, () => undefined);
  }
  container.on('disconnected', () => undefined);
  const start = (callback: (error: undefined, response: Buffer) => void) =>
    callback(undefined, Buffer.alloc(0));
  const options = {
    host: 'localhost',
    port: hubs.amqpPort,
    reconnect: false,
    sasl_mechanisms: { [mechanism]: () => ({ start }) },
  };
  const connection = container.connect(options as Parameters<typeof container.connect>[0]);
  closeAfterTest(async () => connection.close());
  await next(connection, 'connection_open');
  return connection;
}

/** Opens a session. */
export function rawSession(connection: Connection): Session {
  const session = connection.create_session();
  session.begin();
  return session;
}

/** A token of the root rule. */
export function rootToken(hubs: LocalEventHubs, lifetimeSeconds = 3600): string {
  const text = hubs.connectionString();
  const key = /SharedAccessKey=([^;]+)/.exec(text)?.[1] ?? '';
  const rule = /SharedAccessKeyName=([^;]+)/.exec(text)?.[1] ?? '';
  const expiry = Math.floor(Date.now() / 1000) + lifetimeSeconds;
  return createSasToken('sb://localhost/', rule, key, expiry);
}

/**
 * Sends one request to a node on a session of its own, without a reply-to, and gives the answer. The answer is
 * given credit only after the request has been accepted.
 */
export async function ask(connection: Connection, node: string, request: object): Promise<Message> {
  const session = rawSession(connection);
  const receiver = session.open_receiver({ source: node, target: node, credit_window: 0 });
  await next(receiver, 'receiver_open');
  const sender = session.open_sender({ source: node, target: node });
  await next(sender, 'sendable');
  sender.send(request as Message);
  await next(sender, 'accepted');
  receiver.add_credit(1);
  const { message } = await next(receiver, 'message');
  session.close();
  if (!message) throw new Error('no message');
  return message;
}

/** Puts the root token for a path; as in the Python SDK the type says `jwt` and ids count from 0. */
export function putRootToken(
  connection: Connection,
  hubs: LocalEventHubs,
  path = 'telemetry',
): Promise<Message> {
  return ask(connection, '$cbs', {
    message_id: 0,
    body: rootToken(hubs),
    application_properties: { operation: 'put-token', type: 'jwt', name: `sb://localhost/${path}` },
  });
}

/** The error with which a link that was just opened is refused. */
export async function refusal(
  link: EventEmitter & { readonly error?: unknown },
  event: string,
): Promise<unknown> {
  await next(link, event);
  return link.error;
}

/** Connects and puts the root token for the hub `telemetry`. */
export async function claimedConnection(hubs: LocalEventHubs): Promise<Connection> {
  const connection = await rawConnection(hubs);
  await putRootToken(connection, hubs);
  return connection;
}

/** An event with this text in a data section, encoded. */
export function encodedEvent(body: string): Buffer {
  return rhea.message.encode({ body: rhea.message.data_section(Buffer.from(body)) });
}
