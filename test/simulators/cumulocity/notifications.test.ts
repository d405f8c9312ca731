import { expect, test } from 'vitest';
import { startLocal } from './fixture.js';
import type { TestConsumer } from './test-consumer.js';

const headers = (consumer: TestConsumer): string[] =>
  consumer.received.map(({ channel, action }) => `${channel} ${action}`);

test('tenant context: object creation, alarms, events and operations, but no measurements unless named', async () => {
  const { admin, t1 } = await startLocal();
  await admin.subscribe({});
  const consumer = await admin.consumer();
  const device = t1.createDevice('d');
  await admin.measure(device);
  await admin.alarm(device);
  await admin.event(device);
  await admin.call('POST', '/devicecontrol/operations', { deviceId: device, c8y_Command: { text: 'ls' } });
  await admin.call('PUT', `/inventory/managedObjects/${device}`, { name: 'other' });
  await admin.call('DELETE', `/inventory/managedObjects/${device}`);
  await consumer.atLeast(4);
  await consumer.barrier();
  const of = (api: string): string => `/t1/${api}/${device} CREATE`;
  expect(headers(consumer)).toEqual([of('managedobjects'), of('alarms'), of('events'), of('operations')]);
});

test('mo context: everything of the object but its creation, its update on an alarm included', async () => {
  const { admin, t1 } = await startLocal();
  const device = t1.createDevice('d');
  const source = { id: device };
  const apis = ['managedobjects', 'alarms', 'events', 'measurements', 'operations'];
  await admin.subscribe({ context: 'mo', source, subscriptionFilter: { apis } });
  const consumer = await admin.consumer();
  t1.createDevice('unrelated');
  await admin.alarm(device);
  await admin.call('PUT', `/inventory/managedObjects/${device}`, { c8y_Note: 'x' });
  await admin.measure(device);
  await admin.call('DELETE', `/inventory/managedObjects/${device}`);
  await consumer.atLeast(5);
  expect(headers(consumer)).toEqual([
    `/t1/alarms/${device} CREATE`,
    `/t1/managedobjects/${device} UPDATE`,
    `/t1/managedobjects/${device} UPDATE`,
    `/t1/measurements/${device} CREATE`,
    `/t1/managedobjects/${device} DELETE`,
  ]);
  const [counted, updated, deleted] = [consumer.bodyAt(1), consumer.bodyAt(2), consumer.bodyAt(4)];
  expect(counted.c8y_ActiveAlarmsStatus).toEqual({ critical: 0, major: 1, minor: 0, warning: 0 });
  expect(updated).toMatchObject({ id: device, name: 'd', owner: 'admin', c8y_Note: 'x' });
  expect(updated.childDevices).toMatchObject({ references: [] });
  expect(Date.parse(updated.lastUpdated)).toBeGreaterThan(Date.parse(counted.lastUpdated));
  expect(deleted).toEqual({ id: device });
});

test('* in mo context gives alarms and events twice, under both names', async () => {
  const { admin, t1 } = await startLocal();
  const device = t1.createDevice('d');
  await admin.subscribe({ context: 'mo', source: { id: device }, subscriptionFilter: { apis: ['*'] } });
  const consumer = await admin.consumer();
  await admin.event(device);
  await consumer.atLeast(2);
  expect(headers(consumer)).toEqual([
    `/t1/events/${device} CREATE`,
    `/t1/eventsWithChildren/${device} CREATE`,
  ]);
});

test('WithChildren gives those of the object and of everything below it', async () => {
  const { admin, t1 } = await startLocal();
  const [top, middle, low] = ['top', 'middle', 'low'].map((name) => t1.createDevice(name)) as [
    string,
    string,
    string,
  ];
  const adopt = (parent: string, kind: string, id: string): Promise<unknown> =>
    admin.call('POST', `/inventory/managedObjects/${parent}/${kind}`, { managedObject: { id } });
  await adopt(top, 'childAssets', middle);
  await adopt(middle, 'childDevices', low);
  const subscriptionFilter = { apis: ['alarmsWithChildren'] };
  await admin.subscribe({ context: 'mo', source: { id: top }, subscriptionFilter });
  const consumer = await admin.consumer();
  await admin.alarm(low);
  await admin.event(low);
  await admin.alarm(top);
  await consumer.atLeast(2);
  expect(headers(consumer)).toEqual([
    `/t1/alarmsWithChildren/${low} CREATE`,
    `/t1/alarmsWithChildren/${top} CREATE`,
  ]);
});

test('a type filter lets one or several types through', async () => {
  const { admin, t1 } = await startLocal();
  const device = t1.createDevice('d');
  const filters = { bare: 'a', quoted: "'a'", several: "'a' or 'b'", unreadable: 'a or b' };
  const counts: Record<string, number> = {};
  for (const [subscription, typeFilter] of Object.entries(filters)) {
    await admin.subscribe({ subscription, subscriptionFilter: { apis: ['events'], typeFilter } });
    const consumer = await admin.consumer({ subscription });
    for (const type of ['a', 'b', 'c', 'a or b']) await admin.event(device, { type });
    await consumer.barrier();
    counts[subscription] = consumer.received.length;
  }
  expect(counts).toEqual({ bare: 1, quoted: 1, several: 2, unreadable: 1 });
});

test('fragmentsToCopy trims the custom fragments and keeps the standard fields', async () => {
  const { admin, t1 } = await startLocal();
  const device = t1.createDevice('d');
  const apis = ['events'];
  await admin.subscribe({ subscriptionFilter: { apis }, fragmentsToCopy: ['c8y_Kept'] });
  await admin.subscribe({ subscription: 'whole', subscriptionFilter: { apis } });
  const consumer = await admin.consumer();
  const whole = await admin.consumer({ subscription: 'whole' });
  await admin.event(device, { c8y_Kept: 1, c8y_Dropped: 2 });
  await consumer.atLeast(1);
  await whole.atLeast(1);
  const [trimmed] = consumer.bodies();
  expect(trimmed).toMatchObject({
    c8y_Kept: 1,
    type: 'c8y_Event',
    text: 'open',
    source: { id: device, name: 'd' },
  });
  expect(trimmed).not.toHaveProperty('c8y_Dropped');
  expect(whole.bodyAt(0)).toMatchObject({ c8y_Kept: 1, c8y_Dropped: 2 });
});

test('an active alarm is counted up instead of raised again, and cleared by an update', async () => {
  const { admin, t1 } = await startLocal();
  const device = t1.createDevice('d');
  await admin.subscribe({ subscriptionFilter: { apis: ['alarms'] } });
  const consumer = await admin.consumer();
  const first = await admin.alarm(device);
  const second = await admin.alarm(device, {
    time: '2026-02-01T00:00:00Z',
    text: 'ignored',
    severity: 'MINOR',
  });
  expect(second.body).toMatchObject({ id: first.body.id, count: 2, text: 'hot', severity: 'MAJOR' });
  await admin.call('PUT', `/alarm/alarms/${first.body.id}`, { status: 'CLEARED' });
  const third = await admin.alarm(device);
  expect(third.body.id).not.toBe(first.body.id);
  await consumer.atLeast(4);
  expect(consumer.received.map(({ action }) => action)).toEqual(['CREATE', 'UPDATE', 'UPDATE', 'CREATE']);
  const [created, counted, cleared] = [consumer.bodyAt(0), consumer.bodyAt(1), consumer.bodyAt(2)];
  expect(created).toMatchObject({ count: 1, status: 'ACTIVE', history: { auditRecords: [] } });
  expect(counted).toMatchObject({ count: 2, firstOccurrenceTime: '2026-01-02T03:04:05.678Z' });
  expect(Date.parse(cleared.lastUpdated)).toBeGreaterThan(Date.parse(counted.lastUpdated));
  expect(cleared.status).toBe('CLEARED');
});

test('events are updated and deleted, measurements deleted, operations updated but not deleted', async () => {
  const { admin, t1 } = await startLocal();
  const device = t1.createDevice('d');
  await admin.subscribe({ subscriptionFilter: { apis: ['events', 'measurements', 'operations'] } });
  const consumer = await admin.consumer();
  const event = (await admin.event(device)).body.id;
  await admin.call('PUT', `/event/events/${event}`, { text: 'closed' });
  await admin.call('DELETE', `/event/events/${event}`);
  const measurement = (await admin.measure(device)).body.id;
  await admin.call('DELETE', `/measurement/measurements/${measurement}`);
  const operation = await admin.call('POST', '/devicecontrol/operations', {
    deviceId: device,
    c8y_Restart: {},
  });
  expect(operation.body).toMatchObject({ deviceId: device, deviceName: 'd', status: 'PENDING' });
  const path = `/devicecontrol/operations/${operation.body.id}`;
  await admin.call('PUT', path, { status: 'EXECUTING' });
  expect((await admin.call('DELETE', path)).status).toBe(405);
  await consumer.atLeast(7);
  expect(headers(consumer)).toEqual([
    `/t1/events/${device} CREATE`,
    `/t1/events/${device} UPDATE`,
    `/t1/events/${device} DELETE`,
    `/t1/measurements/${device} CREATE`,
    `/t1/measurements/${device} DELETE`,
    `/t1/operations/${device} CREATE`,
    `/t1/operations/${device} UPDATE`,
  ]);
  expect(consumer.bodyAt(2)).toEqual({ id: event });
  expect(consumer.bodyAt(6).status).toBe('EXECUTING');
});

test('an alarm of a device in maintenance is answered 201 but neither stored nor published', async () => {
  const { admin, t1 } = await startLocal();
  const device = t1.createDevice('d');
  const c8y_RequiredAvailability = { responseInterval: -10 };
  await admin.call('PUT', `/inventory/managedObjects/${device}`, { c8y_RequiredAvailability });
  const answer = await admin.alarm(device);
  expect(answer.status).toBe(201);
  expect(answer.body.self).toMatch(/\/alarm\/alarms\/null$/);
  expect((await admin.call('GET', '/alarm/alarms')).body.alarms).toEqual([]);
});

test('links inside notifications can have the host of the cluster', async () => {
  const notificationLinkBase = 'http://cumulocity.default.svc.cluster.local';
  const { admin, local } = await startLocal({ notificationLinkBase });
  await admin.subscribe({ subscriptionFilter: { apis: ['managedobjects'] } });
  const consumer = await admin.consumer();
  const { body } = await admin.call('POST', '/inventory/managedObjects', { name: 'd' });
  await consumer.atLeast(1);
  expect(consumer.bodyAt(0).self).toBe(`${notificationLinkBase}/inventory/managedObjects/${body.id}`);
  expect(body.self).toBe(`${local.url}/inventory/managedObjects/${body.id}`);
});
