/** Which Predix Event Hub, how it is reached, and how to get in. */

/** How events are published. */
export const PREDIX_PROTOCOLS = ['grpc', 'websocket'] as const;

/** One of {@link PREDIX_PROTOCOLS}. */
export type PredixProtocol = (typeof PREDIX_PROTOCOLS)[number];

/** The topic that every zone has (Predix contract, section 13). */
export const DEFAULT_TOPIC = 'topic';

/** See the head of this file. Two equal addresses share one connection. */
export interface PredixHubAddress {
  readonly kind: 'predix';
  /** Of the protocol that is used. */
  readonly host: string;
  /** `undefined`: 443. */
  readonly port: number | undefined;
  readonly protocol: PredixProtocol;
  /** Where the WebSocket is, when that is used: from the binding, or made of host and port. */
  readonly webSocketUrl: string | undefined;
  readonly zoneId: string;
  /** Name of the topic. The default one is not named to the service: it would need other scopes then. */
  readonly hubName: string;
  /** Where tokens are issued; ends in `/oauth/token`. */
  readonly authUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** How the operator's process reaches every Predix Event Hub and UAA. */
export interface PredixSettings {
  /**
   * Certificate authority in PEM, in place of the system's; `none`: plain text, for a service on this machine
   * (environment `TLS_PEM_FILE`; Predix contract, section 1).
   */
  readonly predixTls: { readonly ca: string } | 'none' | undefined;
  /** Address of an HTTP proxy. */
  readonly proxyUrl: string | undefined;
}
