import { describe, expect, it } from 'vitest';
import { waitUntil } from '../support/wait.js';
import { FLAWLESS, Harness, TOPIC } from './harness.js';

const named = (...names: string[]): Record<string, string> => ({
  routes: JSON.stringify(names.map((name) => ({ name }))),
});

/** What the tenant still has of a topic of the service. */
function left({ cumulocity }: Harness, topic = TOPIC): object {
  const tenant = cumulocity.tenant('t1');
  const subscriptions = tenant.subscriptions() as { subscription: string }[];
  return {
    subscribers: tenant.topic(topic)?.subscribers ?? [],
    subscriptions: subscriptions.filter(({ subscription }) => subscription === topic).length,
  };
}

const untilNothingIsLeft = (harness: Harness, topic = TOPIC): Promise<void> =>
  waitUntil(
    'nothing is left',
    () => JSON.stringify(left(harness, topic)) === '{"subscribers":[],"subscriptions":0}',
  );

async function untilRoutesAreOpen(harness: Harness, ...names: string[]): Promise<void> {
  await waitUntil(`${names.join()} are open`, () => {
    const routes = harness.status('t1')?.routes ?? [];
    const areOpen = routes.every(({ consumer }) => consumer.state === 'open');
    return areOpen && routes.map(({ name }) => name).join() === names.join();
  });
}

async function startWithHeldAnswers(): Promise<Harness> {
  const harness = await Harness.start();
  await harness.startWithTenant('t1');
  harness.eventHubs.faults.holdAnswers(true);
  await harness.send('t1', 100);
  await waitUntil('the hub holds its answers', () => harness.received > 0);
  return harness;
}

describe('nothing is left behind', () => {
  it('of a tenant that is switched off while the service is down', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    await harness.stopService();
    harness.cumulocity.setOptions('t1', { enabled: 'false' });
    await harness.startService();
    await harness.untilState('t1', 'disabled');

    await untilNothingIsLeft(harness);
  });

  it('of a tenant that is switched off while Cumulocity answers with errors for a while', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    harness.cumulocity.faults.refuseUpgrades(500, 't1', 3);
    harness.cumulocity.faults.cutConsumerSockets();
    harness.cumulocity.faults.rest({ status: 500, path: /notification2/, times: 6 });
    harness.cumulocity.setOptions('t1', { enabled: 'false' });

    await untilNothingIsLeft(harness);
    await harness.untilState('t1', 'disabled');
  });

  it('of a tenant that leaves while a change of its options waits for the hub', async () => {
    const harness = await startWithHeldAnswers();
    harness.cumulocity.setOptions('t1', { format: 'raw' });
    harness.cumulocity.unsubscribeTenant('t1');
    await waitUntil('t1 is gone', () => harness.log.messages('info').includes('tenant removed'));

    const tenant = harness.cumulocity.tenant('t1');
    await waitUntil('its consumer is removed', () => tenant.topic(TOPIC)?.subscribers.length === 0);
  });
});

describe('a change of routes', () => {
  it('that the SDK refuses leaves the last good options in force', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    const endpoint = `Endpoint=sb://localhost:${harness.eventHubs.amqpPort}/`;
    harness.cumulocity.setOptions('t1', {
      hubName: 't1',
      'credentials.connectionString': `${endpoint};SharedAccessSignature=abc`,
    });
    await waitUntil('the problem is reported', () => harness.status('t1')?.problems.length === 1);
    await harness.send('t1', 20);

    expect(await harness.untilDelivered()).toMatchObject({ sent: 20, ...FLAWLESS });
  });

  it('that gives a route a name loses and reorders nothing that waits for the hub or comes meanwhile', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    await harness.eventHubs.faults.pauseListening();
    await harness.send('t1', 500);
    harness.cumulocity.setOptions('t1', named('all'));
    await untilRoutesAreOpen(harness, 'default', 'all');
    await harness.send('t1', 100);
    await harness.eventHubs.faults.resumeListening();
    await harness.send('t1', 100);
    await untilRoutesAreOpen(harness, 'all');
    await untilNothingIsLeft(harness);
    await harness.send('t1', 100);

    // For a while both topics keep what comes: those notifications are in both, and so in the hub, twice.
    await waitUntil('all is in the hub', () => harness.received === 800);
    expect(await harness.untilDelivered()).toMatchObject({
      lost: 0,
      outOfOrder: 0,
      repeatedUnderAnotherId: 0,
    });
  });
});

describe('a stop ends within its time', () => {
  it('although a change of options waits for a hub', async () => {
    const harness = await Harness.start();
    harness.addTenant('t1', named('a', 'b', 'c'));
    harness.cumulocity.subscribeTenant('t1');
    // A change that is not cut short would take longer than this test may.
    await harness.startService({ STOP_SECONDS: '0.4' }, { changeMs: 120_000 });
    await untilRoutesAreOpen(harness, 'a', 'b', 'c');
    harness.eventHubs.faults.holdAnswers(true);
    await harness.send('t1', 50);
    await waitUntil('the hub holds its answers', () => harness.received > 0);
    harness.cumulocity.setOptions('t1', { partitionBy: 'none' });
    await waitUntil(
      'the options are read again',
      () => harness.cumulocity.tenant('t1').consumerSockets() === 3,
    );
    await harness.stopService();
  });

  it('although the removal of a tenant that has left gets no answer', async () => {
    const harness = await Harness.start();
    harness.addTenant('t1');
    harness.cumulocity.subscribeTenant('t1');
    await harness.startService({ STOP_SECONDS: '0.4' });
    await harness.untilForwarding('t1');
    harness.cumulocity.faults.pauseRest(true);
    harness.cumulocity.unsubscribeTenant('t1');
    harness.cumulocity.faults.pauseRest(false);
    await waitUntil('it is gone', () => harness.status('t1') === undefined);
    harness.cumulocity.faults.pauseRest(true);
    await harness.stopService();
    harness.cumulocity.faults.pauseRest(false);
  });
});
