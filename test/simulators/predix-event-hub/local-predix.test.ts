import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { waitUntil } from '../../support/wait.js';
import { httpCall } from './auth/http-call.js';
import { TestPublisher as GrpcPublisher } from './grpc/test-publisher.js';
import { LocalPredix, type LocalPredixOptions } from './local-predix.js';
import { askToken } from './uaa/ask-token.js';
import { LocalUaa } from './uaa/local-uaa.js';
import { openPublisher } from './websocket/test-publisher.js';

const zone = 'z1';
const scopes = ['user', 'admin', 'grpc.publish', 'wss.publish', 'made.grpc.publish'];

interface Scene {
  readonly service: LocalPredix;
  readonly token: string;
  publisher(topic?: string): GrpcPublisher;
  admin(method: string, path?: string): Promise<number>;
}

async function start(options: Partial<LocalPredixOptions> = {}): Promise<Scene> {
  const authorities = scopes.map((scope) => `predix-event-hub.zones.${zone}.${scope}`);
  const uaa = await LocalUaa.start({ clients: { app: { secret: 's', authorities } } });
  onTestFinished(() => uaa.stop());
  const trustedIssuers = [uaa.issuer];
  const service = await LocalPredix.start({ zones: { [zone]: [] }, trustedIssuers, ...options });
  onTestFinished(() => service.stop());
  const token = await askToken(uaa.issuer, { clientId: 'app', secret: 's' });
  const headers = { authorization: token, 'predix-zone-id': zone, 'sync-acks': 'true' };
  return {
    ...{ service, token },
    publisher: (topic) => {
      const named = topic === undefined ? headers : { ...headers, topic };
      return new GrpcPublisher({ uri: service.grpcUri, headers: named });
    },
    admin: async (method, path = '') => {
      const url = `${service.adminUrl}/v2/admin/service_instances/${zone}/topics${path}`;
      return (await httpCall(url, { method, headers: { authorization: `bearer ${token}` } })).status;
    },
  };
}

test('[seed 7] what comes over gRPC and over WebSocket is in one topic', async () => {
  const { service, token, publisher } = await start();
  const grpc = publisher();
  grpc.send({ id: 'grpc', body: Buffer.from('1') });
  await grpc.acked(1);
  const headers = { Authorization: `Bearer ${token}`, 'Predix-Zone-Id': zone };
  const socket = await openPublisher(service.wssUri, { headers });
  await socket.publish([{ id: 'wss', body: 2 }]);
  const stored = service.topic(zone).messages();
  expect(stored.map(({ id, body }) => [id, body.toString()]).sort()).toEqual([
    ['grpc', '1'],
    ['wss', '2'],
  ]);
  expect(service.openStreams('publish')).toBe(2);
});

test('[seed 412-414] a topic that is created can be used at once; deleting it ends what is open on it', async () => {
  const { service, publisher, admin } = await start({ topicLimit: 1 });
  expect((await publisher('made').ended).details).toBe('Topic made does not exist');
  expect(await admin('PUT', '/made')).toBe(201);
  const one = publisher('made');
  one.send({ id: 'a' });
  await one.acked(1);
  expect(await admin('PUT', '/second')).toBe(400);
  expect(await admin('DELETE', '/made')).toBe(200);
  expect((await one.ended).details).toBe('Topic made does not exist');
  expect(() => service.topic(zone, 'made')).toThrow(RangeError);
  expect(await admin('PUT', '/second')).toBe(201);
});

test('the service may be stopped while messages come: what was acknowledged is there again', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'predix-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true }));
  const acked = new Set<string>();
  for (let run = 0; run < 5; run++) {
    const { service, publisher } = await start({ dataDir });
    const stored = new Set(
      service
        .topic(zone)
        .messages()
        .map(({ id }) => id),
    );
    expect([...acked].filter((id) => !stored.has(id))).toEqual([]);
    const publishers = [publisher(), publisher(), publisher()];
    for (const [at, one] of publishers.entries())
      for (let n = 0; n < 300; n++) one.send({ id: `${run}/${at}/${n}`, body: Buffer.alloc(2000) });
    await publishers[0]?.acked(1 + run * 20);
    await service.stop();
    expect([service.openStreams('publish'), service.openStreams('subscribe')]).toEqual([0, 0]);
    await Promise.all(publishers.map(({ ended }) => ended));
    for (const { id } of publishers.flatMap(({ acks }) => acks)) acked.add(id);
  }
  expect(acked.size).toBeGreaterThan(5);
});

test('two services cannot have one folder; when the first has stopped the second can', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'predix-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true }));
  const { service } = await start({ dataDir });
  await expect(start({ dataDir })).rejects.toThrow(`${dataDir} is used by process`);
  await service.stop();
  await start({ dataDir });
});

test('a service that cannot start keeps neither its ports nor its folder', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'predix-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true }));
  const { service } = await start();
  const adminPort = Number(new URL(service.adminUrl).port);
  await expect(start({ dataDir, adminPort })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await start({ dataDir });
});

test('a publisher that reads no acknowledgements is made to wait, and gets them all once it reads', async () => {
  const { publisher, service } = await start({ rateLimit: { mode: 'on', bytes: 0 } });
  const one = publisher();
  one.pause();
  for (let n = 0; n < 100; n++) one.send({ id: `${n}`, body: Buffer.alloc(900_000) });
  await waitUntil('something is on its way', () => service.openStreams('publish') === 1);
  one.resume();
  expect((await one.acked(100)).map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, n) => `${n}`));
});
