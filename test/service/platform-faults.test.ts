import { describe, expect, it } from 'vitest';
import { waitUntil } from '../support/wait.js';
import { FLAWLESS, Harness, PROMISE, QUICK_TIMING, TOPIC } from './harness.js';

describe('faults of Cumulocity', () => {
  it('starts while Cumulocity is away, and forwards when it is there', async () => {
    const harness = await Harness.start();
    harness.addTenant('t1');
    harness.cumulocity.subscribeTenant('t1');
    await harness.cumulocity.faults.pauseListening();
    await harness.startService();
    const ready = await fetch(`http://127.0.0.1:${harness.service.port}/ready`);
    const health = await fetch(`http://127.0.0.1:${harness.service.port}/health`);
    expect([ready.status, health.status]).toEqual([503, 200]);

    await harness.cumulocity.faults.resumeListening();
    await harness.untilForwarding('t1');
    await harness.send('t1', 50);
    expect(await harness.untilDelivered()).toMatchObject({ sent: 50, ...FLAWLESS });
  });

  it('goes on after Cumulocity was restarted', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    await harness.send('t1', 300);
    await harness.cumulocity.faults.pauseListening();
    await waitUntil('the connection is lost', () => harness.route('t1').consumer.state !== 'open');
    await harness.cumulocity.faults.resumeListening();
    await harness.send('t1', 300);

    expect(await harness.untilDelivered()).toMatchObject({ sent: 600, ...FLAWLESS });
  });

  it('loses, repeats and reorders nothing when the socket is cut twenty times in mid-stream', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    for (let cut = 0; cut < 20; cut++) {
      const received = harness.received;
      await harness.send('t1', 300);
      await waitUntil('some of it is in the hub', () => harness.received > received);
      harness.cumulocity.faults.cutConsumerSockets();
    }

    expect(await harness.untilDelivered()).toMatchObject({ sent: 6000, ...FLAWLESS });
  });

  it('sends nothing twice when acknowledgements are lost with the connection', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    harness.cumulocity.faults.holdAcks(true);
    await harness.send('t1', 500);
    await waitUntil('all is in the hub', () => harness.received === 500);
    harness.cumulocity.faults.holdAcks(false);
    harness.cumulocity.faults.cutConsumerSockets();

    expect(await harness.untilDelivered()).toMatchObject({ sent: 500, ...FLAWLESS });
    expect(harness.route('t1').counts).toMatchObject({ received: 1000, repeated: 500, sent: 500 });
  });

  it('sends nothing twice when unacknowledged notifications come again on an open connection', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    harness.eventHubs.faults.holdAnswers(true);
    await harness.send('t1', 200);
    await waitUntil('all are read', () => harness.route('t1').counts.received === 200);
    harness.cumulocity.faults.resendUnacknowledged();
    await waitUntil('all are read again', () => harness.route('t1').counts.received === 400);
    harness.eventHubs.faults.holdAnswers(false);

    expect(await harness.untilDelivered()).toMatchObject({ sent: 200, ...FLAWLESS });
  });

  it('notices a half-open connection and makes a new one', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1', {}, {}, { consumer: { ...QUICK_TIMING.consumer, pingMs: 200 } });
    harness.cumulocity.faults.silenceConsumerSockets();
    await waitUntil('the connection is given up', () =>
      harness.log.messages('warn').includes('consumer connection lost, connecting again'),
    );
    await harness.send('t1', 50);

    expect(await harness.untilDelivered()).toMatchObject({ sent: 50, ...FLAWLESS });
  });

  it('takes a new token after a 401 on the upgrade', async () => {
    const harness = await Harness.start();
    harness.cumulocity.faults.refuseUpgrades(401, 't1', 3);
    await harness.startWithTenant('t1');
    await harness.send('t1', 50);

    expect(await harness.untilDelivered()).toMatchObject({ sent: 50, ...FLAWLESS });
  });

  it('waits after a 409 on the upgrade and never gives up the backlog', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    harness.cumulocity.faults.refuseUpgrades(409, 't1', 3);
    harness.cumulocity.faults.cutConsumerSockets();
    await waitUntil(
      'the conflict is shown',
      () => harness.route('t1').consumer.reason?.includes('409') ?? false,
    );
    await harness.send('t1', 200);

    expect(await harness.untilDelivered()).toMatchObject({ sent: 200, ...FLAWLESS });
    expect(harness.cumulocity.tenant('t1').topic(TOPIC)?.subscribers).toHaveLength(1);
  });

  it('makes the subscription again when it was deleted behind its back', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    const [subscription] = harness.cumulocity.tenant('t1').subscriptions() as { id: string }[];
    const { user, password } = harness.cumulocity.tenant('t1').admin;
    const authorization = `Basic ${Buffer.from(`t1/${user}:${password}`).toString('base64')}`;
    const url = new URL(`/notification2/subscriptions/${subscription?.id}`, harness.cumulocity.url);
    await fetch(url, { method: 'DELETE', headers: { authorization } });
    harness.cumulocity.faults.cutConsumerSockets();
    await waitUntil(
      'there is a subscription',
      () => harness.cumulocity.tenant('t1').subscriptions().length === 1,
    );
    await harness.untilForwarding('t1');
    await harness.send('t1', 50);

    // What was stored meanwhile is replayed, and with it what stands in the hub already.
    expect(await harness.untilDelivered()).toMatchObject(PROMISE);
  });
});
