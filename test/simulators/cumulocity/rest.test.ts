import { request } from 'node:http';
import { expect, test } from 'vitest';
import { startLocal } from './fixture.js';
import { basic, SimulatorClient } from './simulator-client.js';

test('a call without valid credentials is answered 401 with the error body', async () => {
  const { local } = await startLocal();
  const stranger = new SimulatorClient(local, { tenant: 't1', user: 'nobody', password: 'x' });
  const answer = await stranger.call('GET', '/user/currentUser');
  expect(answer.status).toBe(401);
  expect(answer.body).toMatchObject({ error: 'security/Unauthorized' });
  expect(answer.body.info).toContain('https://');
});

test('a call without the role is answered 403', async () => {
  const { local, t1 } = await startLocal();
  t1.addUser('guest', 'secret', ['ROLE_INVENTORY_READ']);
  const guest = new SimulatorClient(local, { tenant: 't1', user: 'guest', password: 'secret' });
  expect((await guest.call('GET', '/inventory/managedObjects')).status).toBe(200);
  const refused = await guest.call('GET', '/notification2/subscriptions');
  expect(refused.status).toBe(403);
  expect(refused.body.error).toBe('security/Forbidden');
});

test('the bootstrap user may ask about its application and itself, and nothing else', async () => {
  const { local, bootstrap } = await startLocal();
  for (const path of ['/tenant/currentTenant', '/user/currentUser', '/application/currentApplication']) {
    expect((await bootstrap.call('GET', path)).status).toBe(200);
  }
  expect((await bootstrap.call('GET', '/tenant/options')).status).toBe(403);
  expect((await bootstrap.call('GET', '/inventory/managedObjects')).status).toBe(403);
  const { body } = await bootstrap.call('GET', '/application/currentApplication');
  expect(body).toMatchObject({ name: local.serviceEnvironment()['APPLICATION_NAME'], type: 'MICROSERVICE' });
});

test('tenants do not see each other', async () => {
  const { local, t1, admin } = await startLocal();
  const device = t1.createDevice('private');
  const t2 = local.addTenant('t2');
  const other = new SimulatorClient(local, { tenant: 't2', ...t2.admin });
  expect((await admin.call('GET', `/inventory/managedObjects/${device}`)).status).toBe(200);
  expect((await other.call('GET', `/inventory/managedObjects/${device}`)).status).toBe(404);
});

test('POST without Accept answers an empty body and the Location', async () => {
  const { local, admin, t1 } = await startLocal();
  const device = t1.createDevice('d');
  // fetch always sends Accept, so this one goes over node:http.
  const [status, location, body] = await new Promise<[number, string, string]>((resolve, reject) => {
    const headers = { Authorization: basic({ tenant: 't1', ...t1.admin }) };
    const outgoing = request(
      `${local.url}/measurement/measurements`,
      { method: 'POST', headers },
      (answer) => {
        let text = '';
        answer.on('data', (chunk) => {
          text += String(chunk);
        });
        answer.on('end', () => resolve([answer.statusCode ?? 0, answer.headers.location ?? '', text]));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify({ source: { id: device }, type: 'a', time: '2026-01-01T00:00:00Z' }));
  });
  expect([status, body]).toEqual([201, '']);
  expect((await admin.call('GET', location)).body.source.id).toBe(device);
});

test('lists have pages of 5, follow next, and trim the page size to 2000', async () => {
  const { t1, admin } = await startLocal();
  for (let i = 0; i < 7; i++) t1.createDevice(`d${i}`);
  const first = await admin.call('GET', '/inventory/managedObjects?withTotalPages=true');
  expect(first.body.managedObjects).toHaveLength(5);
  expect(first.body.statistics).toEqual({ currentPage: 1, pageSize: 5, totalPages: 2 });
  const second = await admin.call('GET', first.body.next);
  expect(second.body.managedObjects.map((object) => object.name)).toEqual(['d5', 'd6']);
  expect(second.body.next).toBeUndefined();
  expect(second.body.prev).toBeDefined();
  const large = await admin.call('GET', '/inventory/managedObjects?pageSize=9999&withTotalElements=true');
  expect(large.body.statistics).toEqual({ currentPage: 1, pageSize: 2000, totalElements: 7 });
});

test('bad input is answered with an error body and harms nothing', async () => {
  const { admin } = await startLocal();
  expect((await admin.call('POST', '/event/events', '{"type":')).status).toBe(400);
  expect((await admin.call('POST', '/event/events', '[]')).status).toBe(422);
  expect((await admin.call('POST', '/event/events', {})).body.message).toContain('source, type, time, text');
  expect((await admin.call('GET', '/no/such/thing')).status).toBe(404);
  expect((await admin.call('GET', '/identity/externalIds/%zz/1')).status).toBe(400);
  expect((await admin.call('DELETE', '/tenant/currentTenant')).status).toBe(405);
  expect((await admin.measure('999999')).status).toBe(422);
});

test('X-HTTP-METHOD turns a POST into another method', async () => {
  const { admin, t1 } = await startLocal();
  const path = `/inventory/managedObjects/${t1.createDevice('d')}`;
  const answer = await admin.call('POST', path, { name: 'renamed' }, { 'X-HTTP-METHOD': 'PUT' });
  expect(answer).toMatchObject({ status: 200, body: { name: 'renamed' } });
});

test('a browser session is accepted by cookie with XSRF token and as Bearer token', async () => {
  const { local, t1 } = await startLocal();
  const { token, xsrfToken } = t1.openSession('admin');
  const cookie = `authorization=${token}`;
  const ask = async (headers: Record<string, string>): Promise<number> =>
    (await fetch(`${local.url}/user/currentUser`, { headers })).status;
  expect(await ask({ Cookie: cookie, 'X-XSRF-TOKEN': xsrfToken })).toBe(200);
  expect(await ask({ Cookie: cookie })).toBe(401);
  expect(await ask({ Authorization: `Bearer ${token}` })).toBe(200);
});

test('a subscribed tenant has a service user whose password can change and who can disappear', async () => {
  const { local, bootstrap, service } = await startLocal();
  local.subscribeTenant('t1');
  const before = await service('t1');
  expect((await before.call('GET', '/tenant/currentTenant')).body.name).toBe('t1');
  local.rotatePassword('t1');
  expect((await before.call('GET', '/tenant/currentTenant')).status).toBe(401);
  const after = await service('t1');
  expect((await after.call('GET', '/tenant/currentTenant')).status).toBe(200);
  local.unsubscribeTenant('t1');
  expect((await after.call('GET', '/tenant/currentTenant')).status).toBe(401);
  const { body } = await bootstrap.call('GET', '/application/currentApplication/subscriptions');
  expect(body.users).toEqual([]);
});
