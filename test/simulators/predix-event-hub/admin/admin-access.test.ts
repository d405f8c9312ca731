import { beforeAll, describe, expect, test } from 'vitest';
import { selfSignedCertificate } from '../../azure-event-hubs/self-signed-certificate.js';
import { httpCall } from '../auth/http-call.js';
import { missingScope } from '../auth/scopes.js';
import { TokenCheck } from '../auth/token-check.js';
import { askToken } from '../uaa/ask-token.js';
import type { LocalUaa } from '../uaa/local-uaa.js';
import { adminToken, base, description, startAdmin, startUaa, zone } from './admin-bench.js';

let uaa: LocalUaa;
beforeAll(async () => {
  uaa = await startUaa();
  return () => uaa.stop();
});

describe('who may not administer', () => {
  const calls = [
    ['GET', ''],
    ['PUT', '/t1'],
    ['DELETE', '/t1'],
  ] as const;

  test('gets 401 on every call: without the admin scope [seed 337-377]', async () => {
    const { call, directory } = await startAdmin(uaa);
    directory.names.push('t1');
    const token = await askToken(uaa.issuer, { clientId: 'publisher', secret: 's' });
    for (const [method, path] of calls) {
      const refused = await call(method, path, token);
      expect([refused.status, refused.headers['www-authenticate']]).toEqual([401, 'Bearer']);
      expect(description(refused)).toContain('Missing user permissions');
    }
    expect(directory.names).toEqual(['topic', 't1']);
  });

  test('gets 401 on every call: with the scopes of another zone, or as wildcards [seed 337-377]', async () => {
    const { call } = await startAdmin(uaa);
    const literal = await askToken(uaa.issuer, { clientId: 'admin', secret: 's' });
    for (const token of [await adminToken(uaa, 'another'), literal]) {
      for (const [method, path] of calls) expect((await call(method, path, token)).status).toBe(401);
    }
  });

  test('gets 401 on every call: with a bad token or none [seed 381-438]', async () => {
    const { call, server } = await startAdmin(uaa);
    for (const [method, path] of calls) {
      const refused = await call(method, path, 'rubbish');
      expect(refused.status).toBe(401);
      expect(refused.text).not.toContain('rubbish');
      const url = `${server.url}/v2/admin/service_instances/${zone}/topics${path}`;
      expect((await httpCall(url, { method })).status).toBe(401);
    }
  });
});

test('a zone that does not exist is 404 to who may administer it, and 401 to others', async () => {
  const { server } = await startAdmin(uaa);
  const ask = async (path: string, token: string): Promise<number> => {
    const url = `${server.url}/v2/admin/service_instances/${path}/topics`;
    return (await httpCall(url, { headers: { Authorization: `Bearer ${token}` } })).status;
  };
  expect(await ask('another', await adminToken(uaa, 'another'))).toBe(404);
  expect(await ask('another', await adminToken(uaa))).toBe(401);
  expect(await ask('%', await adminToken(uaa))).toBe(401);
  expect(await ask(`${zone.slice(0, -1)}%65`, await adminToken(uaa))).toBe(200);
});

test('TLS and another scope prefix are taken', async () => {
  const scopePrefix = 'event-hub-power.zones.';
  const { call, server } = await startAdmin(uaa, 10, { tls: selfSignedCertificate(), scopePrefix });
  expect(server.url).toMatch(/^https:/);
  expect((await call('GET', '')).status).toBe(401);
  expect((await call('GET', '', await adminToken(uaa, zone, scopePrefix))).status).toBe(200);
});

test('who creates a topic may not use it before its scopes are added [seed 418-426]', async () => {
  const { call } = await startAdmin(uaa);
  const tokens = new TokenCheck({ trustedIssuers: [uaa.issuer] });
  const uses = [
    { protocol: 'wss', operation: 'publish' },
    { protocol: 'grpc', operation: 'publish' },
    { protocol: 'grpc', operation: 'subscribe' },
  ] as const;
  const missing = async (token: string): Promise<readonly (string | undefined)[]> => {
    const { scope: held } = await tokens.verify(token);
    return uses.map((use) => missingScope({ zone, ...use, topics: ['t1'], held }));
  };
  const added = ['t1.wss.publish', 't1.grpc.publish', 't1.grpc.subscribe'].map((scope) => `${base}${scope}`);

  const creator = await askToken(uaa.issuer, { clientId: 'creator', secret: 's' });
  expect((await call('PUT', '/t1', creator)).status).toBe(201);
  expect(await missing(creator)).toEqual(added);

  uaa.setAuthorities('creator', [`${base}user`, ...added]);
  expect(await missing(creator)).toEqual(added);
  const fresh = await askToken(uaa.issuer, { clientId: 'creator', secret: 's' });
  expect(await missing(fresh)).toEqual([undefined, undefined, undefined]);
});
