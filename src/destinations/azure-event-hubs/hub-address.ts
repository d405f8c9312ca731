/** Which event hub, how it is reached, and how to get in. */

/** A key of a shared access policy, or a token that was made with one. */
export type SharedAccess =
  | { readonly kind: 'key'; readonly keyName: string; readonly key: string }
  | { readonly kind: 'signature'; readonly signature: string };

/** An application of Entra ID. */
export interface EntraApplication {
  readonly kind: 'entra';
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The right to send. */
export type HubCredential = SharedAccess | EntraApplication;

/**
 * How a hub is reached. `auto`: AMQP, and AMQP over WebSocket where AMQP cannot be reached.
 */
export const TRANSPORTS = ['auto', 'amqp', 'websocket', 'https'] as const;

/** One of {@link TRANSPORTS}. */
export type Transport = (typeof TRANSPORTS)[number];

/** See the head of this file. Two equal addresses share one connection. */
export interface AzureHubAddress {
  readonly kind: 'azure';
  readonly host: string;
  /** `undefined`: the port that belongs to the transport. */
  readonly port: number | undefined;
  readonly hubName: string;
  readonly transport: Transport;
  /** Plain AMQP without TLS, as for Microsoft's emulator. */
  readonly isEmulator: boolean;
  /** In the order in which they are tried; at least one. */
  readonly credentials: readonly HubCredential[];
  /** Only for `https` with a credential that may not read the hub's description; otherwise `undefined`. */
  readonly partitionCount: number | undefined;
}

/** What a transport other than `auto` is. */
export type OneTransport = Exclude<Transport, 'auto'>;

/** Where a hub is: host, and port where one was given. */
export function authorityOf({ host, port }: Pick<AzureHubAddress, 'host' | 'port'>): string {
  return port === undefined ? host : `${host}:${port}`;
}
