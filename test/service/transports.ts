/** A tenant whose hub is reached over one transport or another. */
import { vi } from 'vitest';
import type { LocalEventHubsOptions } from '../simulators/azure-event-hubs/local-event-hubs.js';
import { selfSignedCertificate } from '../simulators/azure-event-hubs/self-signed-certificate.js';
import { Harness } from './harness.js';

/** What tests over several transports run with. */
export type TestedTransport = 'amqp' | 'https';

/** The options of a tenant for a transport. */
export function wayOver(
  { eventHubs }: Harness,
  transport: TestedTransport,
  hub: string,
): Record<string, string> {
  if (transport === 'amqp') return {};
  const connectionString = eventHubs.connectionString({ hub, webSocket: true });
  return { transport, 'credentials.connectionString': connectionString };
}

/** Starts simulators that a transport can be used with; trusts the certificate that they make for themselves. */
export async function startOver(
  transport: TestedTransport,
  hubOptions: Partial<LocalEventHubsOptions> = {},
): Promise<Harness> {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  const tls = transport === 'https' ? { tls: selfSignedCertificate() } : {};
  return Harness.start({}, { ...hubOptions, ...tls });
}
