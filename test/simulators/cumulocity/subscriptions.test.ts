import { expect, test } from 'vitest';
import { startLocal } from './fixture.js';

const PATH = '/notification2/subscriptions';

test('a subscription is shown as it was created', async () => {
  const { local, admin, t1 } = await startLocal();
  const device = t1.createDevice('pump');
  const subscriptionFilter = { apis: ['alarms'], typeFilter: "'a' or 'b'" };
  const fields = { context: 'mo', source: { id: device }, subscriptionFilter, fragmentsToCopy: ['c8y_X'] };
  const created = await admin.subscribe(fields);
  expect(created.status).toBe(201);
  expect(created.headers.get('location')).toBe(`${local.url}${PATH}/${created.body.id}`);
  const source = { id: device, name: 'pump', self: `${local.url}/inventory/managedObjects/${device}` };
  expect(created.body).toMatchObject({ ...fields, source, subscription: 'feed', nonPersistent: false });
  expect((await admin.call('GET', `${PATH}/${created.body.id}`)).body).toEqual(created.body);
  expect(t1.subscriptions()).toEqual([created.body]);
});

test('a second one of the same source, context, name and persistence is a 409, whatever its filter', async () => {
  const { admin, t1 } = await startLocal();
  const mo = { context: 'mo', source: { id: t1.createDevice('d') } };
  expect((await admin.subscribe(mo)).status).toBe(201);
  const duplicate = await admin.subscribe({ ...mo, subscriptionFilter: { apis: ['events'] } });
  expect(duplicate.status).toBe(409);
  expect(duplicate.body.error).toBe('reliable-notification/Duplicate');
  expect(duplicate.body.message).toContain("context <'mo'> & subscription <'feed'> already exists!");
  expect((await admin.subscribe({ ...mo, nonPersistent: true })).status).toBe(201);
  expect((await admin.subscribe({ ...mo, subscription: 'other' })).status).toBe(201);
  expect((await admin.subscribe({})).status).toBe(201);
  expect((await admin.subscribe({})).status).toBe(409);
});

test('what the platform does not take is a 422, an unknown managed object a 404', async () => {
  const { admin } = await startLocal({ tenantMeasurements: false });
  const filter = (...apis: string[]): object => ({ subscriptionFilter: { apis } });
  const refused = [
    { subscription: 'not-allowed' },
    { context: 'all' },
    { context: 'mo' },
    filter('*', 'alarms'),
    filter('inventory'),
    filter('alarmsWithChildren'),
    filter('measurements'),
    { nonPersistent: 'yes' },
  ];
  for (const fields of refused)
    expect((await admin.subscribe(fields)).status, JSON.stringify(fields)).toBe(422);
  const unknown = await admin.subscribe({ context: 'mo', source: { id: '99999' } });
  expect(unknown).toMatchObject({ status: 404, body: { error: 'inventory/Not Found' } });
});

test('older platforms want a type filter for events of tenant context and know no operations there', async () => {
  const { admin } = await startLocal({ tenantEventsNeedTypeFilter: true, tenantOperations: false });
  expect((await admin.subscribe({ subscriptionFilter: { apis: ['events'] } })).status).toBe(422);
  expect((await admin.subscribe({ subscriptionFilter: { apis: ['operations'] } })).status).toBe(422);
  const typed = { subscriptionFilter: { apis: ['events'], typeFilter: 'c8y_A' } };
  expect((await admin.subscribe(typed)).status).toBe(201);
});

test('a subscription cannot be changed', async () => {
  const { admin } = await startLocal();
  const { body } = await admin.subscribe({});
  expect((await admin.call('PUT', `${PATH}/${body.id}`, {})).status).toBe(405);
});

test('subscriptions are found by context, source, name and type filter', async () => {
  const { admin, t1 } = await startLocal();
  const device = t1.createDevice('d');
  await admin.subscribe({});
  await admin.subscribe({
    context: 'mo',
    source: { id: device },
    subscriptionFilter: { apis: ['events'], typeFilter: 'x' },
  });
  await admin.subscribe({ subscription: 'other' });
  const count = async (query: string): Promise<number> =>
    (await admin.call('GET', `${PATH}?${query}`)).body.subscriptions.length;
  expect(await count('')).toBe(3);
  expect(await count('context=tenant')).toBe(2);
  expect(await count(`source=${device}`)).toBe(1);
  expect(await count('subscription=feed')).toBe(2);
  expect(await count('typeFilter=x')).toBe(1);
});

test('subscriptions are deleted by id, by context, by source, and with their managed object', async () => {
  const { admin, t1 } = await startLocal();
  const [first, second] = [t1.createDevice('a'), t1.createDevice('b')];
  const { body } = await admin.subscribe({});
  await admin.subscribe({ subscription: 'other' });
  await admin.subscribe({ context: 'mo', source: { id: first } });
  await admin.subscribe({ context: 'mo', source: { id: second } });
  expect((await admin.call('DELETE', PATH)).status).toBe(422);
  expect((await admin.call('DELETE', `${PATH}/${body.id}`)).status).toBe(204);
  expect((await admin.call('DELETE', `${PATH}/${body.id}`)).status).toBe(404);
  expect((await admin.call('DELETE', `${PATH}?context=tenant`)).status).toBe(204);
  expect(t1.subscriptions()).toHaveLength(2);
  expect((await admin.call('DELETE', `${PATH}?source=${first}`)).status).toBe(204);
  expect((await admin.call('DELETE', `/inventory/managedObjects/${second}`)).status).toBe(204);
  expect(t1.subscriptions()).toEqual([]);
});
