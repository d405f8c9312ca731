/** What the runner says about the hub, and clients made for it. */
import {
  EventHubConsumerClient,
  type EventHubConsumerClientOptions,
  EventHubProducerClient,
} from '@azure/event-hubs';
import { WebSocket } from 'ws';

function setting(name: string): string {
  const value = process.env[`CONFORMANCE_${name}`];
  if (value === undefined) throw new Error(`CONFORMANCE_${name} is not set; run npm run conformance`);
  return value;
}

/** `amqp`, `tls` or `websocket`. */
export const transport: string = setting('TRANSPORT');

/** The hub of the checks. */
export const hub: string = setting('HUB');

/** Port of the transport. */
export const port: string = setting(`${transport.toUpperCase()}_PORT`);

/** A right key, and a wrong one. */
export const key: string = setting('KEY');
export const wrongKey = 'bm90IHRoZSByaWdodCBrZXk=';

/** Few and quick retries, but enough for a hub that is away for a second. */
export const options: EventHubConsumerClientOptions = {
  retryOptions: { maxRetries: 4, retryDelayInMs: 300, timeoutInMs: 2500 },
  ...(transport === 'websocket' ? { webSocketOptions: { webSocket: WebSocket } } : {}),
};

/** A connection string with a key, or with a finished token. */
export function connectionString(secret: string, entity: string = hub): string {
  const parts = [`Endpoint=sb://localhost:${port}/`, secret, `EntityPath=${entity}`];
  if (transport === 'amqp') parts.push('UseDevelopmentEmulator=true');
  return parts.join(';');
}

/** The part of a connection string that holds a key. */
export function withKey(text: string): string {
  return `SharedAccessKeyName=${setting('KEY_NAME')};SharedAccessKey=${text}`;
}

const open: { close(): Promise<void> }[] = [];

/** A producer; closed when its check is over. */
export function producer(): EventHubProducerClient {
  const client = new EventHubProducerClient(connectionString(withKey(key)), options);
  open.push(client);
  return client;
}

/** A producer that tries once: what is refused is to be refused at once. */
export function impatientProducer(connection: string): EventHubProducerClient {
  const client = new EventHubProducerClient(connection, { ...options, retryOptions: { maxRetries: 0 } });
  open.push(client);
  return client;
}

/** A consumer; closed when its check is over. */
export function consumer(group = '$Default'): EventHubConsumerClient {
  const client = new EventHubConsumerClient(group, connectionString(withKey(key)), options);
  open.push(client);
  return client;
}

/** Has something closed when the check is over. */
export function closeLater(closable: { close(): Promise<void> }): void {
  open.push(closable);
}

/** Closes what a check has opened. */
export async function closeAll(): Promise<void> {
  await Promise.allSettled(
    open
      .splice(0)
      .reverse()
      .map((client) => client.close()),
  );
}

/** Gives an order to the hub. */
export async function order(path: string): Promise<string> {
  const response = await fetch(`${setting('CONTROL')}/${path}`, { method: 'POST' });
  const text = await response.text();
  if (!response.ok) throw new Error(`order ${path}: ${text}`);
  return text;
}
