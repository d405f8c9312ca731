import { expect, test } from 'vitest';
import { startLocal } from './fixture.js';

test('measurements are taken singly and as a collection, and read by source, type and date', async () => {
  const { admin, t1 } = await startLocal();
  const [first, second] = [t1.createDevice('a'), t1.createDevice('b')];
  const at = (id: string, time: string, type = 't'): object => ({ source: { id }, time, type });
  const measurements = [
    at(first, '2026-01-01T00:00:02Z'),
    at(first, '2026-01-01T00:00:01Z'),
    at(second, '2026-01-01T00:00:03Z', 'other'),
  ];
  const posted = await admin.call('POST', '/measurement/measurements', { measurements });
  expect(posted.body.measurements).toHaveLength(3);
  const times = async (query: string): Promise<string[]> => {
    const { body } = await admin.call('GET', `/measurement/measurements?${query}`);
    return body.measurements.map((one) => one.time.slice(17, 19));
  };
  expect(await times('')).toEqual(['01', '02', '03']);
  expect(await times('revert=true')).toEqual(['03', '02', '01']);
  expect(await times(`source=${first}`)).toEqual(['01', '02']);
  expect(await times('type=other')).toEqual(['03']);
  expect(await times('dateFrom=2026-01-01T00:00:02Z&dateTo=2026-01-01T00:00:02Z')).toEqual(['02']);
  const bad = await admin.call('POST', '/measurement/measurements', { measurements: [1] });
  expect(bad.status).toBe(422);
});

test('only so many measurements are kept for reading', async () => {
  const { admin, t1 } = await startLocal({ recordsKept: 2 });
  const device = t1.createDevice('d');
  for (let i = 1; i <= 4; i++) await admin.measure(device, i);
  const { body } = await admin.call('GET', `/measurement/measurements?source=${device}`);
  const kept = body.measurements.map((one) => one.c8y_Test.value);
  expect(kept).toEqual([3, 4]);
});

test('alarms are read by source, type, status and date, the newest first', async () => {
  const { admin, t1 } = await startLocal();
  const [first, second] = [t1.createDevice('a'), t1.createDevice('b')];
  const cleared = (await admin.alarm(first, { type: 'one', time: '2026-01-01T00:00:00Z' })).body.id;
  await admin.call('PUT', `/alarm/alarms/${cleared}`, { status: 'CLEARED' });
  await admin.alarm(first, { type: 'two', time: '2026-01-02T00:00:00Z', severity: 'MINOR' });
  await admin.alarm(second, { type: 'three', time: '2026-01-03T00:00:00Z' });
  const types = async (query: string): Promise<string[]> =>
    (await admin.call('GET', `/alarm/alarms?${query}`)).body.alarms.map((one) => one.type);
  expect(await types('')).toEqual(['three', 'two', 'one']);
  expect(await types(`source=${first}`)).toEqual(['two', 'one']);
  expect(await types('status=ACTIVE,ACKNOWLEDGED')).toEqual(['three', 'two']);
  expect(await types('severity=MINOR')).toEqual(['two']);
  expect(await types('type=one')).toEqual(['one']);
  expect(await types('dateFrom=2026-01-02T00:00:00Z&dateTo=2026-01-02T12:00:00Z')).toEqual(['two']);
  expect((await admin.alarm(first, { severity: 'LOUD' })).status).toBe(422);
});

test('events are read by source, by creation and by last update', async () => {
  const { admin, t1 } = await startLocal();
  const device = t1.createDevice('d');
  const event = (await admin.event(device)).body;
  const updated = (await admin.call('PUT', `/event/events/${event.id}`, { text: 'new' })).body;
  expect(Date.parse(updated.lastUpdated)).toBeGreaterThan(Date.parse(event.creationTime));
  const count = async (query: string): Promise<number> =>
    (await admin.call('GET', `/event/events?source=${device}&${query}`)).body.events.length;
  expect(await count(`createdFrom=${event.creationTime}`)).toBe(1);
  expect(await count(`lastUpdatedTo=${event.creationTime}`)).toBe(0);
  expect(await count(`lastUpdatedFrom=${updated.lastUpdated}`)).toBe(1);
});

test('a managed object is created, read, changed, listed and deleted', async () => {
  const { admin, t1 } = await startLocal();
  const { body } = await admin.call('POST', '/inventory/managedObjects', {
    name: 'n',
    type: 't',
    c8y_X: { a: 1 },
  });
  expect(body).toMatchObject({ name: 'n', type: 't', owner: 'admin', c8y_X: { a: 1 } });
  const path = `/inventory/managedObjects/${body.id}`;
  const changed = await admin.call('PUT', path, { c8y_X: null, c8y_Y: 2, id: 'no' });
  expect(changed.body).toMatchObject({ id: body.id, name: 'n', c8y_Y: 2 });
  expect(changed.body).not.toHaveProperty('c8y_X');
  t1.createDevice('d');
  const names = async (query: string): Promise<string[]> =>
    (await admin.call('GET', `/inventory/managedObjects?${query}`)).body.managedObjects.map(
      (one) => one.name,
    );
  expect(await names('type=t')).toEqual(['n']);
  expect(await names('fragmentType=c8y_IsDevice')).toEqual(['d']);
  expect(await names(`ids=${body.id},99`)).toEqual(['n']);
  expect((await admin.call('DELETE', path)).status).toBe(204);
  expect((await admin.call('GET', path)).status).toBe(404);
});

test('managed objects are found by a query', async () => {
  const { admin } = await startLocal();
  const create = (fields: object): Promise<unknown> =>
    admin.call('POST', '/inventory/managedObjects', fields);
  await create({ name: 'pump 1', type: 'pump', c8y_IsDevice: {}, c8y_Site: { floor: 2 } });
  await create({ name: 'pump 2', type: 'pump', c8y_IsDevice: {}, c8y_Site: { floor: 5 } });
  await create({ name: "o'neill", type: 'person' });
  const names = async (query: string, parameter = 'query'): Promise<string[]> => {
    const path = `/inventory/managedObjects?${parameter}=${encodeURIComponent(query)}`;
    return (await admin.call('GET', path)).body.managedObjects.map((one) => one.name);
  };
  expect(await names("$filter=(type eq 'pump' and c8y_Site.floor gt 2)")).toEqual(['pump 2']);
  expect(await names("name eq 'pump*' $orderby=name")).toEqual(['pump 1', 'pump 2']);
  expect(await names("not has(c8y_IsDevice) or name eq 'pump 1'")).toEqual(['pump 1', "o'neill"]);
  expect(await names("name eq 'o''neill'")).toEqual(["o'neill"]);
  expect(await names("type ne 'x'", 'q')).toEqual(['pump 1', 'pump 2']);
  expect((await admin.call('GET', '/inventory/managedObjects?query=type+eq')).status).toBe(422);
});

test('an external id is bound once and found again', async () => {
  const { admin, t1 } = await startLocal();
  const device = t1.createDevice('d');
  const bind = { type: 'c8y_Serial', externalId: 'a/1' };
  const path = `/identity/globalIds/${device}/externalIds`;
  const one = '/identity/externalIds/c8y_Serial/a%2F1';
  expect((await admin.call('GET', one)).body.error).toBe('identity/Not Found');
  expect((await admin.call('POST', path, bind)).status).toBe(201);
  expect((await admin.call('POST', path, bind)).status).toBe(409);
  expect((await admin.call('GET', one)).body).toMatchObject({ ...bind, managedObject: { id: device } });
  expect((await admin.call('GET', path)).body.externalIds).toHaveLength(1);
});
