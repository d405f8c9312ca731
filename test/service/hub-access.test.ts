import { describe, expect, it } from 'vitest';
import { waitUntil } from '../support/wait.js';
import { FLAWLESS, Harness } from './harness.js';

const policy = (hubs: Harness['eventHubs'], rule: string): Record<string, string> => ({
  'credentials.connectionString': hubs.connectionString({ rule, hub: 't1' }),
});

async function startWithTwoKeys(): Promise<Harness> {
  const rules = ['first', 'second'].map((name) => ({
    name,
    key: `key of ${name}`,
    rights: ['Send' as const],
  }));
  const harness = await Harness.start({}, { rules });
  harness.addTenant('t1', policy(harness.eventHubs, 'first'));
  harness.cumulocity.subscribeTenant('t1');
  await harness.startService();
  await harness.untilForwarding('t1');
  return harness;
}

describe('the way into the hub', () => {
  it('is taken over under load when a key is changed: nothing lost, repeated or reordered', async () => {
    const harness = await startWithTwoKeys();
    for (const rule of ['second', 'first', 'second']) {
      const changes = (): number =>
        harness.log.messages('info').filter((message) => message === 'connected anew to the event hub')
          .length;
      const before = changes();
      harness.eventHubs.rotateKey(rule);
      const sending = Array.from({ length: 5 }, () => harness.send('t1', 200));
      harness.cumulocity.setOptions('t1', policy(harness.eventHubs, rule));
      await waitUntil('the new key is in use', () => changes() > before);
      await Promise.all(sending);
    }

    expect(await harness.untilDelivered()).toMatchObject({ sent: 3000, ...FLAWLESS });
    await waitUntil('the connections before are closed', () => harness.eventHubs.connections() === 1);
  });

  it('stays as it was when the new key is refused, says so, and is changed once the key is right', async () => {
    const harness = await startWithTwoKeys();
    const good = policy(harness.eventHubs, 'second')['credentials.connectionString'] ?? '';
    harness.cumulocity.setOptions('t1', {
      'credentials.connectionString': good.replace('key of second', 'a wrong key'),
    });
    await waitUntil('the refusal is reported', () => harness.status('t1')?.problems.length === 1);
    await harness.send('t1', 100);
    expect(await harness.untilDelivered()).toMatchObject({ sent: 100, ...FLAWLESS });
    expect(harness.status('t1')?.state).toBe('running');
    expect(JSON.stringify([harness.status('t1'), harness.log.lines])).not.toContain('a wrong key');

    harness.cumulocity.setOptions('t1', { 'credentials.connectionString': good });
    await waitUntil('the problem is gone', () => harness.status('t1')?.problems.length === 0);
    await harness.send('t1', 100);
    expect(await harness.untilDelivered()).toMatchObject({ sent: 200, ...FLAWLESS });
  });

  it('leads on through the secondary connection string when the first key is taken away', async () => {
    const harness = await startWithTwoKeys();
    harness.cumulocity.setOptions('t1', {
      'credentials.secondaryConnectionString': harness.eventHubs.connectionString({
        rule: 'second',
        hub: 't1',
      }),
    });
    await waitUntil('the options are taken over', () =>
      harness.log.messages('info').includes('connected anew to the event hub'),
    );
    await harness.send('t1', 100);
    harness.eventHubs.rotateKey('first');
    harness.eventHubs.faults.cutConnections();
    await harness.send('t1', 100);

    expect(await harness.untilDelivered()).toMatchObject({ sent: 200, lost: 0, outOfOrder: 0 });
    expect(harness.route('t1').destination).toMatchObject({ credential: 'secondary' });
  });

  it('is shared by all routes that have the same', async () => {
    const harness = await Harness.start();
    harness.addTenant('t1', { routes: JSON.stringify([{ name: 'a' }, { name: 'b', apis: 'alarms' }]) });
    harness.cumulocity.subscribeTenant('t1');
    await harness.startService();
    await waitUntil('both routes are open', () => {
      const routes = harness.status('t1')?.routes ?? [];
      return routes.length === 2 && routes.every(({ destination }) => destination.isOpen);
    });

    expect(harness.eventHubs.connections()).toBe(1);
  });
});
