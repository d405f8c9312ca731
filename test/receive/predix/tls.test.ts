/** Everything over TLS, with a certificate authority of its own. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readTopicsCommand } from '../../../scripts/topics/command-line.js';
import { runTopics } from '../../../scripts/topics/run.js';
import { readPredixCommand } from '../../../src/receive/predix/command-line.js';
import { selfSignedCertificate } from '../../simulators/azure-event-hubs/self-signed-certificate.js';
import { LocalPredix } from '../../simulators/predix-event-hub/local-predix.js';
import { LocalUaa } from '../../simulators/predix-event-hub/uaa/local-uaa.js';
import { vcapServices } from '../../simulators/predix-event-hub/vcap.js';
import { AUTHORITIES, CLIENT, ZONE } from '../../support/predix.js';
import { NEVER } from '../../support/sample-event.js';
import { waitUntil } from '../../support/wait.js';
import { Collected, FAST_READ, folder, store } from './predix-scene.js';

async function start(): Promise<{
  readonly service: LocalPredix;
  readonly environment: Record<string, string>;
}> {
  const tls = selfSignedCertificate();
  const authorities = [...AUTHORITIES, `predix-event-hub.zones.${ZONE}.admin`];
  const uaa = await LocalUaa.start({ clients: { [CLIENT.id]: { secret: CLIENT.secret, authorities } }, tls });
  onTestFinished(() => uaa.stop());
  const service = await LocalPredix.start({
    ...{ zones: { [ZONE]: [] }, trustedIssuers: [uaa.issuer], issuerCa: tls.cert, tls },
  });
  onTestFinished(() => service.stop());
  const addresses = { grpcUri: service.grpcUri, wssUri: service.wssUri, adminUri: service.adminUrl };
  const pem = join(await folder(), 'ca.pem');
  await writeFile(pem, tls.cert);
  const environment = {
    VCAP_SERVICES: JSON.stringify(vcapServices({ zone: ZONE, issuer: uaa.issuer, ...addresses })),
    PREDIX_CLIENT_SECRET: CLIENT.secret,
    TLS_PEM_FILE: pem,
  };
  return { service, environment };
}

it('reads, and lists topics', async () => {
  const { service, environment } = await start();
  store(service, ['a']);
  const command = readPredixCommand(['--predix', '--client-id', CLIENT.id, '--max', '1'], environment);
  const reader = new Collected(command?.reading ?? expect.fail());
  await reader.ended();
  expect(reader.ids).toEqual(['a']);
  const topics = readTopicsCommand(['list', '--client-id', CLIENT.id], environment) ?? expect.fail();
  expect((await runTopics(topics, NEVER)).json).toEqual({ topics: ['topic'], topicLimit: 10 });
});

it('a certificate that is not trusted is named, and tried again', async () => {
  const { environment } = await start();
  const command = readPredixCommand(['--predix', '--client-id', CLIENT.id], {
    ...environment,
    TLS_PEM_FILE: '',
  });
  const { reading = expect.fail() } = command ?? {};
  const reader = new Collected({ ...reading, timing: FAST_READ });
  await waitUntil('a remark is made', () => reader.notices.length > 0);
  expect(reader.notices[0]).toMatch(/^the UAA at localhost:\d+ cannot be reached: .*trying again/);
  await reader.stop();
});
