import { expect, test } from 'vitest';
import { startLocal } from './fixture.js';

test('settings give the options of the application decrypted, each tenant its own', async () => {
  const { local, bootstrap, service } = await startLocal();
  local.subscribeTenant('t1');
  local.setOptions('t1', { 'credentials.key': 'secret', plain: 'a' });
  local.setOptions('t100', { plain: 'owner' });
  const settings = '/application/currentApplication/settings';
  expect((await (await service('t1')).call('GET', settings)).body).toEqual({
    'credentials.key': 'secret',
    plain: 'a',
  });
  expect((await bootstrap.call('GET', settings)).body).toEqual({ plain: 'owner' });
});

test('encrypted options are decrypted only for the application that owns the category', async () => {
  const { local, admin, service } = await startLocal();
  local.subscribeTenant('t1');
  local.setOptions('t1', { 'credentials.key': 'secret' });
  await admin.call('POST', '/tenant/options', { category: 'other', key: 'credentials.key', value: 'x' });
  const user = await service('t1');
  expect((await user.call('GET', '/tenant/options/eventhubs/credentials.key')).body.value).toBe('secret');
  expect((await user.call('GET', '/tenant/options/other/credentials.key')).body.value).toBe('<<Encrypted>>');
  expect((await admin.call('GET', '/tenant/options/eventhubs')).body).toEqual({
    'credentials.key': '<<Encrypted>>',
  });
});

test('options can be created, listed, changed and removed', async () => {
  const { local, admin } = await startLocal();
  const created = await admin.call('POST', '/tenant/options', { category: 'c', key: 'k', value: 'v' });
  expect(created).toMatchObject({ status: 200, body: { category: 'c', key: 'k', value: 'v' } });
  expect((await admin.call('PUT', '/tenant/options/c', { k2: 'v2' })).body).toEqual({ k: 'v', k2: 'v2' });
  expect((await admin.call('PUT', '/tenant/options/c/k', { value: 'new' })).body.value).toBe('new');
  expect((await admin.call('PUT', '/tenant/options/c/none', { value: 'new' })).status).toBe(404);
  expect((await admin.call('POST', '/tenant/options', { category: 'c', key: 'k', value: ' ' })).status).toBe(
    422,
  );
  expect((await admin.call('GET', '/tenant/options')).body.options).toHaveLength(2);
  expect((await admin.call('DELETE', '/tenant/options/c/k')).status).toBe(204);
  expect((await admin.call('GET', '/tenant/options/c/k')).status).toBe(404);
  expect((await admin.call('GET', '/tenant/options/unknown')).status).toBe(404);
  local.setOptions('t1', { a: '1' });
  local.deleteOption('t1', 'a');
  expect((await admin.call('GET', '/tenant/options/eventhubs')).status).toBe(404);
});

test('an option that a tenant has not set is inherited from the owner tenant when asked for', async () => {
  const { local, admin } = await startLocal();
  local.setOptions('t100', { region: 'eu' });
  expect((await admin.call('GET', '/tenant/options/eventhubs/region')).status).toBe(404);
  const inherited = await admin.call('GET', '/tenant/options/eventhubs/region?evaluate=inherited');
  expect(inherited.body.value).toBe('eu');
});
