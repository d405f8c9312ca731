/** A local Predix Event Hub with its UAA, for tests of what publishes to it. */
import { onTestFinished } from 'vitest';
import type {
  PredixHubAddress,
  PredixProtocol,
} from '../../src/destinations/predix-event-hub/hub-address.js';
import { PREDIX_TIMING, type PredixTiming } from '../../src/destinations/predix-event-hub/timing.js';
import type { HubEvent } from '../../src/mapping/hub-event.js';
import { LocalPredix, type LocalPredixOptions } from '../simulators/predix-event-hub/local-predix.js';
import { LocalUaa } from '../simulators/predix-event-hub/uaa/local-uaa.js';
import { EVENT } from './sample-event.js';

/** The one zone. */
export const ZONE = 'z1';

/** The client, and its secret. */
export const CLIENT = { id: 'forwarder', secret: 's3cret' };

const BASE = `predix-event-hub.zones.${ZONE}`;

/** What the client may do, unless a test says otherwise. */
export const AUTHORITIES: readonly string[] = [
  `${BASE}.user`,
  `${BASE}.grpc.publish`,
  `${BASE}.wss.publish`,
  `${BASE}.grpc.subscribe`,
  `${BASE}.*.grpc.publish`,
  `${BASE}.*.wss.publish`,
  `${BASE}.*.grpc.subscribe`,
];

/** Times that a test need not wait for. */
export const FAST: PredixTiming = {
  ...PREDIX_TIMING,
  redial: { lostMs: [20, 40], refusedMs: 60, refusals: 3, restMs: 600_000, steadyMs: 60_000 },
};

/** Both simulators. */
export interface PredixScene {
  readonly service: LocalPredix;
  readonly uaa: LocalUaa;
  /** The address of a topic. */
  address(change?: Partial<PredixHubAddress>): PredixHubAddress;
}

/** Starts both; they stop with the test. */
export async function startPredix(
  options: Partial<LocalPredixOptions> = {},
  lifetimeSeconds = 43_199,
): Promise<PredixScene> {
  const clients = { [CLIENT.id]: { secret: CLIENT.secret, authorities: AUTHORITIES } };
  const uaa = await LocalUaa.start({ clients, lifetimeSeconds });
  onTestFinished(() => uaa.stop());
  const service = await LocalPredix.start({
    zones: { [ZONE]: [] },
    trustedIssuers: [uaa.issuer],
    ...options,
  });
  onTestFinished(() => service.stop());
  return { service, uaa, address: (change) => addressOf(service, uaa, change) };
}

/** The address of a topic of a service that runs. */
export function addressOf(
  service: LocalPredix,
  uaa: LocalUaa,
  change: Partial<PredixHubAddress> = {},
): PredixHubAddress {
  const protocol: PredixProtocol = change.protocol ?? 'grpc';
  const webSocketUrl = protocol === 'websocket' ? service.wssUri : undefined;
  const authority = webSocketUrl === undefined ? service.grpcUri : new URL(webSocketUrl).host;
  const [host = '', port] = authority.split(':');
  return {
    kind: 'predix',
    ...{ host, port: Number(port), protocol, webSocketUrl },
    zoneId: ZONE,
    hubName: 'topic',
    authUrl: uaa.issuer,
    clientId: CLIENT.id,
    clientSecret: CLIENT.secret,
    ...change,
  };
}

/** An event of a source. */
export function eventOf(source: string, id: string, body = `{"id":"${id}"}`): HubEvent {
  return { ...EVENT, messageId: id, partitionKey: source, body: Buffer.from(body) };
}
