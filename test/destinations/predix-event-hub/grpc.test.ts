import { Server, ServerCredentials, type ServerDuplexStream, status } from '@grpc/grpc-js';
import { expect, it, onTestFinished } from 'vitest';
import { openGrpcLink } from '../../../src/destinations/predix-event-hub/grpc.js';
import type { PredixHubAddress } from '../../../src/destinations/predix-event-hub/hub-address.js';
import type { ConnectionLoss } from '../../../src/destinations/predix-event-hub/send-failure.js';
import { sizedPublisherService } from '../../simulators/predix-event-hub/grpc/publisher.js';
import { FAST } from '../../support/predix.js';
import { NEVER } from '../../support/sample-event.js';
import { waitUntil } from '../../support/wait.js';

/** A service that ends each stream with these words. */
async function serverSaying(details: string): Promise<PredixHubAddress> {
  const server = new Server();
  server.addService(sizedPublisherService(), {
    send: (call: ServerDuplexStream<unknown, unknown>) => {
      call.emit('error', { code: status.UNKNOWN, details });
    },
  });
  const port = await new Promise<number>((resolve) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_, bound) => resolve(bound));
  });
  onTestFinished(() => server.forceShutdown());
  return { host: '127.0.0.1', port, zoneId: 'z1', hubName: 'topic' } as PredixHubAddress;
}

it('what the service says of the token that it refuses is told without the token, and not at any length', async () => {
  const token = 'an-opaque-token';
  const address = await serverSaying(`Could not authenticate user: ${token} ${'x'.repeat(1000)}`);
  const losses: ConnectionLoss[] = [];
  const settings = { predixTls: 'none', proxyUrl: undefined } as const;
  const opening = openGrpcLink(
    { address, settings, token, timing: FAST, signal: NEVER },
    { answered: () => undefined, lost: (loss) => losses.push(loss) },
  );
  await opening.catch((thrown: ConnectionLoss) => losses.push(thrown));
  await waitUntil('it is refused', () => losses.length > 0);
  expect(losses[0]).toMatchObject({ kind: 'refused', condition: 'UNKNOWN' });
  expect(losses[0]?.message).toMatch(/Could not authenticate user: \*\*\* x+$/);
  expect(losses[0]?.message.length).toBeLessThan(300);
});
