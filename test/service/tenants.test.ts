import { describe, expect, it } from 'vitest';
import { waitUntil } from '../support/wait.js';
import { FLAWLESS, Harness, PROMISE, TOPIC } from './harness.js';

describe('tenants', () => {
  it('starts a tenant that subscribes while the service runs', async () => {
    const harness = await Harness.start();
    await harness.startService();
    harness.addTenant('t1');
    harness.cumulocity.subscribeTenant('t1');
    await harness.untilForwarding('t1');
    await harness.send('t1', 50);

    expect(await harness.untilDelivered()).toMatchObject({ sent: 50, ...FLAWLESS });
  });

  it('stops a tenant that leaves and removes its consumer; the others go on', async () => {
    const harness = await Harness.start();
    harness.addTenant('t2');
    harness.cumulocity.subscribeTenant('t2');
    await harness.startWithTenant('t1');
    await harness.untilForwarding('t2');
    harness.cumulocity.unsubscribeTenant('t1');
    await waitUntil('t1 is gone', () => harness.status('t1') === undefined);
    const tenant = harness.cumulocity.tenant('t1');
    await waitUntil('its consumer is removed', () => tenant.topic(TOPIC)?.subscribers.length === 0);

    await waitUntil('its socket is closed', () => tenant.consumerSockets() === 0);
    await harness.send('t2', 50);
    expect(await harness.untilDelivered()).toMatchObject(FLAWLESS);
  });

  it('keeps a tenant that is missing from one answer only', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    harness.cumulocity.faults.rest({ status: 500, path: /currentApplication\/subscriptions/, times: 3 });
    await harness.send('t1', 100);

    expect(await harness.untilDelivered()).toMatchObject({ sent: 100, ...FLAWLESS });
    expect(harness.cumulocity.tenant('t1').topic(TOPIC)?.subscribers).toHaveLength(1);
  });

  it('connects anew when the password is rotated, without losing or repeating a notification', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    for (let round = 0; round < 3; round++) {
      const connected = harness.log
        .messages('info')
        .filter((message) => message === 'consumer connected').length;
      await harness.send('t1', 300);
      harness.cumulocity.rotatePassword('t1');
      await harness.send('t1', 300);
      await waitUntil('it has connected with the new password', () => {
        const now = harness.log.messages('info').filter((message) => message === 'consumer connected').length;
        return now > connected;
      });
    }

    expect(await harness.untilDelivered()).toMatchObject({ sent: 1800, ...FLAWLESS });
  });

  it('starts a tenant again that leaves and comes back', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    harness.cumulocity.unsubscribeTenant('t1');
    await waitUntil('t1 is gone', () => harness.status('t1') === undefined);
    harness.cumulocity.subscribeTenant('t1');
    await harness.untilForwarding('t1');
    await harness.send('t1', 50);

    // What was stored meanwhile is replayed, and with it what stands in the hub already.
    expect(await harness.untilDelivered()).toMatchObject(PROMISE);
  });

  it('loses nothing of a tenant that comes back while its last notifications are still being sent', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    harness.eventHubs.faults.holdAnswers(true);
    await harness.send('t1', 300);
    await waitUntil('the hub has events without having answered', () => harness.received > 0);
    harness.cumulocity.unsubscribeTenant('t1');
    await waitUntil('it is being removed', () => harness.status('t1') === undefined);
    harness.cumulocity.subscribeTenant('t1');
    await harness.send('t1', 200);
    harness.eventHubs.faults.holdAnswers(false);

    // It may have been gone for long, so the time in doubt is replayed; the alarm of it is forwarded too.
    expect(await harness.untilDelivered()).toMatchObject(PROMISE);
  });

  it('leaves the backlog of a tenant that comes back while its subscription is being removed', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    const discarded: unknown[] = [];
    harness.cumulocity.onDiscarded((backlog) => discarded.push(backlog));
    const { faults } = harness.cumulocity;
    let isBeingRemoved = false;
    const onHit = (): void => {
      isBeingRemoved = harness.status('t1') === undefined;
    };
    const path = /notification2/;
    const endDelay = faults.rest({ path, delayMs: 60_000, onHit });
    harness.cumulocity.unsubscribeTenant('t1');
    await waitUntil('it is being removed', () => isBeingRemoved);
    harness.cumulocity.subscribeTenant('t1');
    // By now the new user has the old one's place, which may remove nothing.
    endDelay();
    await harness.untilForwarding('t1');
    await harness.send('t1', 50);
    expect(await harness.untilDelivered()).toMatchObject(PROMISE);
    expect(discarded).toEqual([]);
  });

  it('forwards one tenant with the credentials of its service user (PER_TENANT, for development)', async () => {
    const harness = await Harness.start();
    harness.addTenant('t1');
    harness.cumulocity.subscribeTenant('t1');
    const { tenant, user, password } = harness.cumulocity.bootstrapUser();
    const authorization = `Basic ${Buffer.from(`${tenant}/${user}:${password}`).toString('base64')}`;
    const url = new URL('/application/currentApplication/subscriptions', harness.cumulocity.url);
    const answer = (await (await fetch(url, { headers: { authorization } })).json()) as {
      users: { tenant: string; name: string; password: string }[];
    };
    const [service] = answer.users;
    await harness.startService({
      C8Y_MICROSERVICE_ISOLATION: 'PER_TENANT',
      C8Y_TENANT: 't1',
      C8Y_USER: service?.name ?? '',
      C8Y_PASSWORD: service?.password ?? '',
    });
    await harness.untilForwarding('t1');
    await harness.send('t1', 50);

    expect(await harness.untilDelivered()).toMatchObject({ sent: 50, ...FLAWLESS });
  });
});
