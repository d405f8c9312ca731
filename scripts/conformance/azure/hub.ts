/** The Event Hubs namespace that one client program is run against. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalEventHubs } from '../../../test/simulators/azure-event-hubs/local-event-hubs.js';
import { selfSignedCertificate } from '../../../test/simulators/azure-event-hubs/self-signed-certificate.js';
import { Control } from '../control.js';
import type { ConformanceHub, HubPlace } from '../hub.js';
import { ordersFor } from './orders.js';

/** The hub that the checks use. */
const hubName = 'conformance';

/** Older SDKs know no other port for TLS, so it is taken when it is free. */
const usualTlsPort = 5671;

/** Starts a namespace with a fresh authority and key. All transports are open at the same time. */
export async function startAzureHub({ folder }: HubPlace): Promise<ConformanceHub> {
  const tls = selfSignedCertificate();
  const authority = join(folder, 'authority.pem');
  await writeFile(authority, tls.cert);
  const rule = {
    name: 'conformance',
    key: randomBytes(32).toString('base64'),
    rights: ['Manage'] as const,
  };
  const eventHubs = await startOnUsualPort({
    hubs: [{ name: hubName, partitionCount: 4, consumerGroups: ['second'] }],
    rules: [rule],
    acceptJwt: true,
    tls,
  });
  const control = await Control.start(ordersFor(eventHubs, hubName, rule));
  const env = {
    CONFORMANCE_AUTHORITY: authority,
    CONFORMANCE_CONTROL: control.url,
    CONFORMANCE_HUB: hubName,
    CONFORMANCE_KEY_NAME: rule.name,
    CONFORMANCE_KEY: rule.key,
    CONFORMANCE_AMQP_PORT: String(eventHubs.amqpPort),
    CONFORMANCE_TLS_PORT: String(eventHubs.amqpsPort),
    CONFORMANCE_WEBSOCKET_PORT: String(eventHubs.httpsPort),
  };
  const stop = async (): Promise<void> => {
    await control.stop();
    await eventHubs.stop();
  };
  return { env, authority, stop };
}

type Start = Parameters<typeof LocalEventHubs.start>[0] & { readonly tls: { key: string; cert: string } };

async function startOnUsualPort(options: Start): Promise<LocalEventHubs> {
  try {
    return await LocalEventHubs.start({ ...options, tls: { ...options.tls, port: usualTlsPort } });
  } catch {
    return LocalEventHubs.start(options);
  }
}
