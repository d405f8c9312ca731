import { describe, expect, it } from 'vitest';
import { waitUntil } from '../support/wait.js';
import { FLAWLESS, Harness, TOPIC } from './harness.js';

describe('tenant options', () => {
  it('reports every problem of a misconfigured tenant, without its secrets, and disturbs no other', async () => {
    const harness = await Harness.start();
    harness.addTenant('t2', { hubName: 'not the hub', format: 'xml', apis: 'alarms,evnts' });
    harness.cumulocity.subscribeTenant('t2');
    await harness.startWithTenant('t1');
    await harness.untilState('t2', 'misconfigured');

    const problems = harness.status('t2')?.problems ?? [];
    expect(problems.map((problem) => problem.split(':')[0])).toEqual(['hubName', 'apis', 'format']);
    expect(problems.join()).toContain('given "xml"; accepted: flat, cloudevents, raw');
    const key = /SharedAccessKey=([^;]+)/.exec(harness.eventHubs.connectionString())?.[1] ?? 'none';
    expect(JSON.stringify([harness.log.lines, harness.service.status()])).not.toContain(key);
    await harness.send('t1', 50);
    expect(await harness.untilDelivered()).toMatchObject({ sent: 50, ...FLAWLESS });
  });

  it('forwards as soon as the options are repaired, without a restart', async () => {
    const harness = await Harness.start();
    harness.addTenant('t1', { format: 'xml' });
    harness.cumulocity.subscribeTenant('t1');
    await harness.startService();
    await harness.untilState('t1', 'misconfigured');
    harness.cumulocity.setOptions('t1', { format: 'flat' });
    await harness.untilForwarding('t1');
    await harness.send('t1', 50);

    expect(await harness.untilDelivered()).toMatchObject({ sent: 50, ...FLAWLESS });
    expect(harness.status('t1')?.problems).toEqual([]);
  });

  it('keeps the last good options in force when a change is bad, and says so', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    harness.cumulocity.setOptions('t1', { partitionBy: 'colour' });
    await waitUntil('the problem is reported', () => harness.status('t1')?.problems.length === 1);
    await harness.send('t1', 50);

    expect(await harness.untilDelivered()).toMatchObject({ sent: 50, ...FLAWLESS });
    expect(harness.status('t1')?.state).toBe('running');
  });

  it('moves to another hub under load without losing, repeating or reordering', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    harness.addTenant('t2');
    await harness.send('t1', 500);
    harness.cumulocity.setOptions('t1', {
      'credentials.connectionString': harness.eventHubs.connectionString({ hub: 't2' }),
    });
    const sending = Array.from({ length: 5 }, () => harness.send('t1', 200));
    await waitUntil('the route goes to the new hub', () => harness.status('t1')?.routes[0]?.hub === 't2');
    await Promise.all(sending);
    await harness.untilForwarding('t1');
    await harness.send('t1', 100);

    const { hub } = harness.eventHubs;
    const counted = (): number =>
      hub.call(harness.eventHubs, 't1').eventCount + hub.call(harness.eventHubs, 't2').eventCount;
    await waitUntil('all are in one of the hubs', () => counted() >= harness.sent);
    expect(counted()).toBe(1600);
  });

  it('gives up its backlog when switched off, so that none can fill', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    await harness.send('t1', 20);
    await harness.untilDelivered();
    harness.cumulocity.setOptions('t1', { enabled: 'false' });
    await harness.untilState('t1', 'disabled');

    const tenant = harness.cumulocity.tenant('t1');
    expect(tenant.topic(TOPIC)?.subscribers).toEqual([]);
    expect(tenant.subscriptions()).toEqual([]);
    harness.cumulocity.setOptions('t1', { enabled: 'true' });
    await harness.untilForwarding('t1');
    await harness.send('t1', 20);
    expect(await harness.untilDelivered()).toMatchObject(FLAWLESS);
  });

  it('removes what an earlier run has left behind for a route that is gone, and nothing of others', async () => {
    const harness = await Harness.start();
    harness.addTenant('t1', { routes: JSON.stringify([{ name: 'a' }, { name: 'b' }]) });
    harness.cumulocity.subscribeTenant('t1');
    await harness.startService();
    const tenant = harness.cumulocity.tenant('t1');
    await waitUntil('both routes have their topics', () => tenant.consumerSockets() === 2);
    await harness.stopService();
    await harness.post('t1', '/notification2/subscriptions', {
      context: 'tenant',
      subscription: 'ofAnotherApplication',
      subscriptionFilter: { apis: ['alarms'] },
    });
    harness.cumulocity.setOptions('t1', { routes: JSON.stringify([{ name: 'a' }]) });
    await harness.startService();
    await harness.untilForwarding('t1');

    const names = (tenant.subscriptions() as { subscription: string }[]).map((each) => each.subscription);
    expect(names.sort()).toEqual(['eventhubsforwarderRoutea', 'ofAnotherApplication']);
    expect(tenant.topic('eventhubsforwarderRouteb')?.subscribers).toEqual([]);
  });

  it('replaces a subscription whose filter is another, and uses an equal one again', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1', { apis: 'alarms,events' });
    const before = harness.cumulocity.tenant('t1').subscriptions();
    await harness.stopService();
    await harness.startService();
    await harness.untilForwarding('t1');
    expect(harness.cumulocity.tenant('t1').subscriptions()).toEqual(before);

    harness.cumulocity.setOptions('t1', { apis: 'measurements' });
    const isReplaced = (): boolean =>
      JSON.stringify(harness.cumulocity.tenant('t1').subscriptions()).includes('"apis":["measurements"]');
    await waitUntil('the subscription is replaced', isReplaced);
    await harness.untilForwarding('t1');
    await harness.send('t1', 20);
    expect(await harness.untilDelivered()).toMatchObject({ sent: 20, ...FLAWLESS });
    expect(harness.cumulocity.tenant('t1').subscriptions()).toHaveLength(1);
  });
});
