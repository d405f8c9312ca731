/** The hub of `PredixAccess` alone: how it is set up, and where it listens. */
import { LocalPredix } from '../../test/simulators/predix-event-hub/local-predix.js';
import type { PredixAccessOptions, PredixPorts } from './predix-access.js';

/** Where a hub is found, also while it is away. */
export type PredixAddresses = Pick<LocalPredix, 'grpcUri' | 'wssUri' | 'adminUrl'>;

/** The ports that a hub listens on. */
export function portsOf({ grpcUri, wssUri, adminUrl }: PredixAddresses): Partial<PredixPorts> {
  const port = (url: string): number => Number(new URL(url).port);
  return { grpc: port(`http://${grpcUri}`), webSocket: port(wssUri), admin: port(adminUrl) };
}

/**
 * Starts a hub.
 * @param issuer whose tokens it takes
 * @param ports to listen on
 */
export function startService(
  { zones, authority: { tls }, dataDir, limitBytes, cutAtExpiry = false }: PredixAccessOptions,
  issuer: string,
  ports: Partial<PredixPorts>,
): Promise<LocalPredix> {
  return LocalPredix.start({
    zones: Object.fromEntries(zones.map((zone) => [zone, []])),
    trustedIssuers: [issuer],
    issuerCa: tls.cert,
    ...{ tls, dataDir, cutAtExpiry },
    ...(limitBytes === undefined ? {} : { rateLimit: { mode: 'on', bytes: limitBytes } }),
    port: ports.grpc ?? 0,
    wssPort: ports.webSocket ?? 0,
    adminPort: ports.admin ?? 0,
  });
}
