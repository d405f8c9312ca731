/** A local Predix with a client that may publish to it, for tests. */
import { onTestFinished } from 'vitest';
import { LocalPredix, type LocalPredixOptions } from '../local-predix.js';
import { askToken } from '../uaa/ask-token.js';
import { LocalUaa } from '../uaa/local-uaa.js';
import { TestPublisher } from './test-publisher.js';

/** The zone of the tests. It has the topic `pumps` besides the default one. */
export const ZONE = 'z1';
const BASE = `predix-event-hub.zones.${ZONE}`;
/** What its client may do. */
export const AUTHORITIES = ['user', 'grpc.publish', 'pumps.grpc.publish', 'gone.grpc.publish'].map(
  (scope) => `${BASE}.${scope}`,
);
/** Has acknowledgements come at once. */
export const SYNC = { 'sync-acks': 'true' };

/** See the head of this file. */
export interface Scene {
  readonly service: LocalPredix;
  readonly uaa: LocalUaa;
  readonly lines: readonly string[];
  readonly token: string;
  publisher(headers?: Readonly<Record<string, string | readonly string[]>>): TestPublisher;
}

/** Starts it; it is stopped at the test's end. */
export async function start(options: Partial<LocalPredixOptions> = {}): Promise<Scene> {
  const uaa = await LocalUaa.start({ clients: { app: { secret: 's', authorities: AUTHORITIES } } });
  onTestFinished(() => uaa.stop());
  const lines: string[] = [];
  const service = await LocalPredix.start({
    zones: { [ZONE]: ['pumps'] },
    trustedIssuers: [uaa.issuer],
    log: (line) => void lines.push(line),
    ...options,
  });
  onTestFinished(() => service.stop());
  const token = await askToken(uaa.issuer, { clientId: 'app', secret: 's' });
  const known = { authorization: token, 'predix-zone-id': ZONE };
  return {
    ...{ service, uaa, lines, token },
    publisher: (headers = SYNC) =>
      new TestPublisher({ uri: service.grpcUri, headers: { ...known, ...headers } }),
  };
}

/** A message of so many bytes. */
export function message(id: string, bytes = 10): { id: string; body: Buffer } {
  return { id, body: Buffer.alloc(bytes, 'x') };
}
