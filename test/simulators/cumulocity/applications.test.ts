import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startLocal } from './fixture.js';
import { basic, SimulatorClient } from './simulator-client.js';

test('an application is created, found, uploaded, and subscribed by a tenant', async () => {
  const { local, admin } = await startLocal();
  const fields = {
    name: 'other-app',
    key: 'k',
    type: 'MICROSERVICE',
    requiredRoles: ['ROLE_INVENTORY_READ'],
    roles: [],
  };
  const created = await admin.call('POST', '/application/applications', fields);
  expect(created.status).toBe(201);
  expect((await admin.call('POST', '/application/applications', fields)).status).toBe(409);
  const { id } = created.body;
  const found = await admin.call('GET', '/application/applicationsByName/other-app');
  expect(found.body.applications.map((one) => one.id)).toEqual([id]);
  const path = `/application/applications/${id}`;
  expect((await admin.call('PUT', path, { requiredRoles: ['ROLE_ALARM_READ'] })).body.requiredRoles).toEqual([
    'ROLE_ALARM_READ',
  ]);
  const form = new FormData();
  form.append('file', new Blob(['zip']), 'app-1.0.0.zip');
  const headers = { Authorization: basic({ tenant: 't1', ...local.tenant('t1').admin }) };
  const uploaded = await fetch(`${local.url}${path}/binaries`, { method: 'POST', headers, body: form });
  expect(uploaded.status).toBe(201);
  expect(local.uploads('other-app')).toMatchObject([{ fileName: 'app-1.0.0.zip' }]);
  const subscribe = (): Promise<{ status: number }> =>
    admin.call('POST', '/tenant/tenants/t1/applications', { application: { id } });
  expect([(await subscribe()).status, (await subscribe()).status]).toEqual([201, 409]);
  const user = (await admin.call('GET', `${path}/bootstrapUser`)).body;
  expect(user).toMatchObject({ tenant: 't1', name: 'servicebootstrap_other-app' });
  const bootstrap = new SimulatorClient(local, { tenant: 't1', user: user.name, password: user.password });
  const { body } = await bootstrap.call('GET', '/application/currentApplication/subscriptions');
  expect(body.users).toMatchObject([{ tenant: 't1', name: 'service_other-app' }]);
  const remove = `/tenant/tenants/t1/applications/${id}`;
  expect([(await admin.call('DELETE', remove)).status, (await admin.call('DELETE', remove)).status]).toEqual([
    204, 404,
  ]);
});

test('the environment is that of a hosted multi-tenant microservice', async () => {
  const { local } = await startLocal({ applicationName: 'my-app' });
  expect(local.serviceEnvironment()).toMatchObject({
    APPLICATION_NAME: 'my-app',
    C8Y_BASEURL: local.url,
    C8Y_BOOTSTRAP_TENANT: 't100',
    C8Y_BOOTSTRAP_USER: 'servicebootstrap_my-app',
    C8Y_MICROSERVICE_ISOLATION: 'MULTI_TENANT',
  });
});

test('requests to the microservice are checked, stripped of their prefix and forwarded', async () => {
  const { local, admin, t1 } = await startLocal();
  const seen: { url: string | undefined; headers: IncomingHttpHeaders; body: string }[] = [];
  const microservice = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      seen.push({ url: request.url, headers: request.headers, body });
      response.writeHead(202, { 'content-type': 'application/json' }).end('{"hello":1}');
    });
  });
  onTestFinished(() => void microservice.close());
  microservice.listen(0, '127.0.0.1');
  await once(microservice, 'listening');
  const path = '/service/event-hubs-forwarder/status?a=1';
  expect((await admin.call('GET', path)).status).toBe(403);
  local.subscribeTenant('t1');
  expect((await admin.call('GET', path)).body.message).toContain('Microservice not available');
  local.setServiceTarget(`http://127.0.0.1:${(microservice.address() as AddressInfo).port}`);
  expect(await admin.call('POST', path, { x: 1 })).toMatchObject({ status: 202, body: { hello: 1 } });
  expect(seen[0]).toMatchObject({ url: '/status?a=1', body: '{"x":1}' });
  expect(seen[0]?.headers).toMatchObject({
    authorization: basic({ tenant: 't1', ...t1.admin }),
    host: 'event-hubs-forwarder.default.svc.cluster.local:80',
    'x-forwarded-prefix': '/service/event-hubs-forwarder',
    'x-forwarded-proto': 'http',
    connection: 'close',
  });
  const stranger = new SimulatorClient(local, { tenant: 't1', user: 'x', password: 'y' });
  expect((await stranger.call('GET', path)).status).toBe(401);
  expect((await admin.call('GET', '/service/unknown/')).status).toBe(404);
});

test('stopping leaves nothing open', async () => {
  const { local, admin } = await startLocal();
  const consumer = await admin.consumer();
  const closed = once(consumer.socket, 'close');
  await local.stop();
  await closed;
  await expect(admin.call('GET', '/user/currentUser')).rejects.toThrow();
});
