/** Tokens: ready-made, wrong, expired, and renewed while in use. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EventHubProducerClient } from '@azure/event-hubs';
import { type Check, expectFailure } from './checks.js';
import {
  closeLater,
  connectionString,
  hub,
  impatientProducer,
  options,
  order,
  port,
  transport,
  withKey,
  wrongKey,
} from './world.js';

/** The checks of this file. A client with a token credential always connects with TLS. */
export const tokenChecks: readonly Check[] = [
  { name: 'ready-made token', run: readyMade },
  { name: 'wrong key refused', run: wrong },
  { name: 'expired token refused', run: expired },
  ...(transport === 'amqp' ? [] : [{ name: 'token renewed', run: renewed }]),
];

async function readyMade(): Promise<void> {
  const token = await order('token/sas/600');
  await impatientProducer(connectionString(`SharedAccessSignature=${token}`)).sendBatch([{ body: 1 }]);
}

async function wrong(): Promise<void> {
  const client = impatientProducer(connectionString(withKey(wrongKey)));
  await expectFailure(client.sendBatch([{ body: 1 }]), /UnauthorizedError/);
}

async function expired(): Promise<void> {
  const token = await order('token/expired');
  const client = impatientProducer(connectionString(`SharedAccessSignature=${token}`));
  await expectFailure(client.sendBatch([{ body: 1 }]), /UnauthorizedError.*ExpiredToken/s);
}

/** Every token lasts three seconds, so the sends outlive several of them. */
async function renewed(): Promise<void> {
  const getToken = async () => ({
    token: await order('token/jwt/3'),
    expiresOnTimestamp: Date.now() + 3000,
  });
  const customEndpointAddress = `sb://localhost:${port}`;
  const client = new EventHubProducerClient(
    'localhost',
    hub,
    { getToken },
    { ...options, customEndpointAddress },
  );
  closeLater(client);
  for (let index = 0; index < 16; index++) {
    await client.sendBatch([{ body: index }], { partitionId: '3' });
    await sleep(500);
  }
}
