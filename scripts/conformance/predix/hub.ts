/** The Predix Event Hub, with its UAA, that one client program is run against. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CertificatePair,
  selfSignedCertificate,
} from '../../../test/simulators/azure-event-hubs/self-signed-certificate.js';
import { LocalPredix } from '../../../test/simulators/predix-event-hub/local-predix.js';
import {
  type SubscribeRules,
  subscribeRules,
} from '../../../test/simulators/predix-event-hub/subscribe/rules.js';
import { LocalUaa } from '../../../test/simulators/predix-event-hub/uaa/local-uaa.js';
import { Control } from '../control.js';
import type { ConformanceHub, HubPlace } from '../hub.js';
import { ordersFor } from './orders.js';

const zone = 'conformance-zone';
const clientId = 'conformance';

/** What the client may do; with a star, also in topics that it makes (Predix contract, section 11). */
const authorities = [
  'user',
  'admin',
  'grpc.publish',
  'grpc.subscribe',
  '*.grpc.publish',
  '*.grpc.subscribe',
].map((name) => `predix-event-hub.zones.${zone}.${name}`);

/** Each check makes a topic of its own. */
const topicLimit = 1000;

/** Those of the service, but for the least waits: a check that had to sit out 30 s would be no better. */
const rules: Partial<SubscribeRules> = {
  durationBeforeRetry: { ...subscribeRules.durationBeforeRetry, least: 100 },
  metricsInterval: { ...subscribeRules.metricsInterval, least: 100 },
};

/** Starts both, with a fresh secret. */
export async function startPredixHub({ folder, transport }: HubPlace): Promise<ConformanceHub> {
  const tls = transport === 'grpc-tls' ? selfSignedCertificate() : undefined;
  const authority = tls === undefined ? undefined : join(folder, 'authority.pem');
  if (authority !== undefined && tls !== undefined) await writeFile(authority, tls.cert);
  const secret = randomBytes(32).toString('base64url');
  const uaa = await LocalUaa.start({ clients: { [clientId]: { secret, authorities } }, tls });
  const service = await startService(uaa, tls);
  const control = await Control.start(ordersFor(service, uaa, { clientId, secret, ca: tls?.cert }));
  const env = {
    ...(authority === undefined ? {} : { CONFORMANCE_AUTHORITY: authority }),
    CONFORMANCE_CONTROL: control.url,
    CONFORMANCE_ADDRESS: service.grpcUri,
    CONFORMANCE_ADMIN: service.adminUrl,
    CONFORMANCE_ZONE: zone,
    CONFORMANCE_UAA: uaa.issuer,
    CONFORMANCE_CLIENT_ID: clientId,
    CONFORMANCE_CLIENT_SECRET: secret,
  };
  const stop = async (): Promise<void> => {
    await control.stop();
    await service.stop();
    await uaa.stop();
  };
  return { env, authority, stop };
}

async function startService(uaa: LocalUaa, tls: CertificatePair | undefined): Promise<LocalPredix> {
  return LocalPredix.start({
    zones: { [zone]: [] },
    trustedIssuers: [uaa.issuer],
    ...{ issuerCa: tls?.cert, tls, topicLimit },
    subscribe: rules,
  });
}
