import { describe, expect, it } from 'vitest';
import { changeAlarm, findAlarms, raiseAlarm } from '../../src/cumulocity/alarms.js';
import { ConnectorObject } from '../../src/cumulocity/connector-object.js';
import { startPlatform } from './platform.js';

describe('the connector object', () => {
  it('is made once, and found again by whoever comes later', async () => {
    const { service } = await startPlatform();
    const id = await new ConnectorObject(service, 'forwarder').id();
    expect(await new ConnectorObject(service, 'forwarder').id()).toBe(id);
    expect(await new ConnectorObject(service, 'another').id()).not.toBe(id);
  });

  it('is one, also when several copies make it at the same moment', async () => {
    const { service } = await startPlatform();
    const copies = Array.from({ length: 5 }, () => new ConnectorObject(service, 'forwarder'));
    const ids = await Promise.all(copies.map((copy) => copy.id()));
    expect(new Set(ids).size).toBe(1);
    const type = 'eventhubs_Connector';
    const found = await service.text({ method: 'GET', path: '/inventory/managedObjects', query: { type } });
    expect((JSON.parse(found) as { managedObjects: unknown[] }).managedObjects).toHaveLength(1);
  });

  it('keeps each fragment apart, and lets go of one that is set to null', async () => {
    const { service } = await startPlatform();
    const object = new ConnectorObject(service, 'forwarder');
    await object.put({ a: { x: 1 }, b: [1, 2] });
    expect(await object.write({ a: { y: 2 } })).toMatchObject({ a: { y: 2 }, b: [1, 2] });
    expect(await object.write({ b: null })).not.toHaveProperty('b');
  });

  it('is made anew when somebody has deleted it', async () => {
    const { service } = await startPlatform();
    const object = new ConnectorObject(service, 'forwarder');
    const before = await object.id();
    await service.call({ method: 'DELETE', path: `/inventory/managedObjects/${before}` });
    expect(await object.write({ a: 1 })).toMatchObject({ a: 1 });
    expect(await object.id()).not.toBe(before);
  });

  it('says that somebody has deleted it to who writes only a part of what stands in it', async () => {
    const { service } = await startPlatform();
    const object = new ConnectorObject(service, 'forwarder');
    const before = await object.id();
    await service.call({ method: 'DELETE', path: `/inventory/managedObjects/${before}` });
    await expect(object.put({ a: 1 })).rejects.toMatchObject({ status: 404 });
    await object.put({ a: 1, b: 2 });
    expect(await object.read()).toMatchObject({ a: 1, b: 2 });
  });

  it('is not made again and again where it may not be given an external id', async () => {
    const { cumulocity, service } = await startPlatform();
    const object = new ConnectorObject(service, 'forwarder');
    const heal = cumulocity.faults.rest({ status: 403, path: /globalIds/ });
    await expect(object.id()).rejects.toMatchObject({ status: 403 });
    heal();
    await expect(object.id()).rejects.toMatchObject({ status: 403 });
    object.useService(service);
    expect(await object.id()).toMatch(/^\d+$/);
  });

  it('is looked for again after a failure', async () => {
    const { cumulocity, service } = await startPlatform();
    const object = new ConnectorObject(service, 'forwarder');
    cumulocity.faults.rest({ status: 500, times: 1 });
    await expect(object.id()).rejects.toMatchObject({ status: 500 });
    expect(await object.id()).toMatch(/^\d+$/);
  });
});

describe('an alarm', () => {
  it('is raised, changed, found and cleared', async () => {
    const { service } = await startPlatform();
    const source = await new ConnectorObject(service, 'forwarder').id();
    const fields = { source, type: 'eventhubs_Test', severity: 'MAJOR', text: 'first' } as const;
    const id = await raiseAlarm(service, fields);
    expect(await raiseAlarm(service, { ...fields, text: 'second' })).toBe(id);
    await changeAlarm(service, id, { severity: 'CRITICAL', text: 'third' });
    expect(await findAlarms(service, source, 'eventhubs_Test')).toEqual([id]);
    const shown = JSON.parse(await service.text({ method: 'GET', path: `/alarm/alarms/${id}` })) as object;
    expect(shown).toMatchObject({ text: 'third', count: 2, status: 'ACTIVE', severity: 'CRITICAL' });

    await changeAlarm(service, id, { status: 'CLEARED' });
    expect(await findAlarms(service, source, 'eventhubs_Test')).toEqual([]);
  });
});
