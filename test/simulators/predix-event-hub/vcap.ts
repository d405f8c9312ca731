/** `VCAP_SERVICES`: where an application finds an Event Hub and its UAA (Predix contract, section 12). */
import { DEFAULT_SCOPE_PREFIX } from './auth/scopes.js';
import { IDENTITY_ZONE } from './uaa/token-claims.js';

/** The instances to describe. */
export interface VcapOptions {
  /** Predix zone id of the Event Hub. */
  readonly zone: string;
  /** `host:port`, without a scheme. */
  readonly grpcUri: string;
  /** Full `ws://` or `wss://` URL, with its path. */
  readonly wssUri: string;
  /** Admin host, with or without a scheme. */
  readonly adminUri: string;
  /** URL of the token endpoint. */
  readonly issuer: string;
  /** Name of the Event Hub instance; default `local-event-hub`. */
  readonly instanceName?: string;
  /** Name of the UAA instance; default `local-uaa`. */
  readonly uaaName?: string;
  /** What stands before the zone in a scope, closing dot included. */
  readonly scopePrefix?: string;
}

type Detail = readonly [protocol: string, uri: string, ...scopes: string[]];

interface Service {
  readonly credentials: object;
  readonly [description: string]: unknown;
}

/** One of `admin`, `publish` and `subscribe`. */
function block(
  { zone, scopePrefix = DEFAULT_SCOPE_PREFIX }: VcapOptions,
  ...details: readonly Detail[]
): object {
  return {
    protocol_details: details.map(([protocol, uri, ...scopes]) => ({
      protocol,
      uri,
      'zone-token-scope': scopes.map((scope) => `${scopePrefix}${zone}.${scope}`),
    })),
    'zone-http-header-name': 'Predix-Zone-Id',
    'zone-http-header-value': zone,
  };
}

function describe(label: string, name: string, tags: readonly string[]): object {
  return { label, name, plan: 'Tiered', provider: null, syslog_drain_url: null, tags, volume_mounts: [] };
}

function services(options: VcapOptions): Record<'predix-event-hub' | 'predix-uaa', Service> {
  const {
    grpcUri,
    wssUri,
    adminUri,
    issuer,
    instanceName = 'local-event-hub',
    uaaName = 'local-uaa',
  } = options;
  return {
    'predix-event-hub': {
      credentials: {
        admin: block(options, ['https', adminUri, 'user', 'admin']),
        publish: block(
          options,
          ['grpc', grpcUri, 'user', 'grpc.publish'],
          ['wss', wssUri, 'user', 'wss.publish'],
        ),
        subscribe: block(options, ['grpc', grpcUri, 'user', 'grpc.subscribe']),
      },
      ...describe('predix-event-hub', instanceName, ['eventhub', 'event-hub', 'event hub']),
    },
    'predix-uaa': {
      credentials: {
        issuerId: issuer,
        uri: issuer.replace(/\/oauth\/token$/, ''),
        zone: { 'http-header-name': 'X-Identity-Zone-Id', 'http-header-value': IDENTITY_ZONE },
      },
      ...describe('predix-uaa', uaaName, []),
    },
  };
}

/** The layout of a real environment and of the SDKs. */
export function vcapServices(options: VcapOptions): object {
  const { 'predix-event-hub': hub, 'predix-uaa': uaa } = services(options);
  return { 'predix-event-hub': [hub], 'predix-uaa': [uaa] };
}

function nested({ credentials, ...description }: Service): object {
  return { credentials: { ...credentials, ...description } };
}

/**
 * The layout that the documentation of the service prints: wrapped in `VCAP_SERVICES`, with the description inside the
 * credentials, and the admin host without a scheme but with a stray colon before it.
 */
export function wrapped(options: VcapOptions): object {
  const adminUri = `:${options.adminUri.replace(/^[a-z]+:\/\//, '')}`;
  const { 'predix-event-hub': hub, 'predix-uaa': uaa } = services({ ...options, adminUri });
  return { VCAP_SERVICES: { 'predix-event-hub': [nested(hub)], 'predix-uaa': [nested(uaa)] } };
}
