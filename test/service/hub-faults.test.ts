import { describe, expect, it } from 'vitest';
import { waitUntil } from '../support/wait.js';
import { FLAWLESS, Harness, TOPIC } from './harness.js';

const unacknowledged = (harness: Harness): number =>
  harness.cumulocity.tenant('t1').topic(TOPIC)?.unacknowledged ?? 0;

describe('faults of the event hub', () => {
  it('reads before the hub is there, and delivers when it is', async () => {
    const harness = await Harness.start();
    harness.addTenant('t1');
    await harness.eventHubs.faults.pauseListening();
    harness.cumulocity.subscribeTenant('t1');
    await harness.startService();
    await harness.untilForwarding('t1');
    await harness.send('t1', 300);
    await waitUntil('the failure is shown', () => harness.route('t1').destination.failure !== undefined);
    expect(unacknowledged(harness)).toBe(300);

    await harness.eventHubs.faults.resumeListening();
    expect(await harness.untilDelivered()).toMatchObject({ sent: 300, ...FLAWLESS });
    expect(harness.route('t1').destination).toMatchObject({ isOpen: true, failure: undefined });
  });

  it('acknowledges nothing before the hub has accepted it', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    harness.eventHubs.faults.holdAnswers(true);
    await harness.send('t1', 300);
    await waitUntil('the hub has events without having answered', () => harness.received > 0);
    expect(unacknowledged(harness)).toBe(300);

    harness.eventHubs.faults.holdAnswers(false);
    expect(await harness.untilDelivered()).toMatchObject({ sent: 300, ...FLAWLESS });
  });

  it('keeps order and loses nothing when the connection is cut in mid-send; repeats carry the same id', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    for (let cut = 0; cut < 5; cut++) {
      harness.eventHubs.faults.cutBeforeAnswer(1);
      await harness.send('t1', 300);
    }

    const verdict = await harness.untilDelivered();
    expect(verdict).toMatchObject({ sent: 1500, ...FLAWLESS, duplicated: verdict.duplicated });
    // The lost answers are real: without repeats this test would prove nothing.
    expect(verdict.duplicated).toBeGreaterThan(0);
  });

  it('keeps order through refusals for now: throttling, lost rights, a hub that is away', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    await harness.send('t1', 400);
    harness.eventHubs.faults.rejectNext(2, 'com.microsoft:timeout');
    await harness.send('t1', 400);
    harness.eventHubs.faults.rejectNext(2, 'amqp:unauthorized-access');
    harness.eventHubs.faults.releaseNext(2);
    await harness.send('t1', 400);
    await harness.eventHubs.faults.pauseListening();
    await harness.send('t1', 400);
    await harness.eventHubs.faults.resumeListening();
    await harness.send('t1', 400);

    expect(await harness.untilDelivered()).toMatchObject({ sent: 2000, lost: 0, outOfOrder: 0 });
  });

  it('delivers again when a hub that was deleted is made anew', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    await harness.send('t1', 50);
    await harness.untilDelivered();
    harness.eventHubs.removeHub('t1');
    await harness.send('t1', 50);
    await waitUntil('the failure is shown', () => harness.route('t1').destination.failure !== undefined);
    harness.eventHubs.addHub({ name: 't1', partitionCount: 4 });

    await waitUntil('the rest is in the new hub', () => harness.eventHubs.hub('t1').eventCount === 50);
    await waitUntil('all is acknowledged', () => unacknowledged(harness) === 0);
  });

  it('replaces an event that the hub will never take by a pointer to it, in its place', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    harness.eventHubs.faults.setMaxMessageBytes(8192);
    harness.eventHubs.faults.cutConnections();
    const source = { id: harness.device('t1') };
    const time = new Date().toISOString();
    for (const text of ['before', 'x'.repeat(20_000), 'after']) {
      await harness.post('t1', '/event/events', { source, type: 'c8y_Log', text, time });
    }
    const hub = harness.eventHubs.hub('t1');
    await waitUntil('three events are in the hub', () => hub.eventCount === 3);

    const events = hub.partitionIds.flatMap((id) => hub.partition(id).events());
    const bodies = events.map(({ body }) => JSON.parse(body.toString()) as Record<string, unknown>);
    expect(bodies[0]).toMatchObject({ text: 'before' });
    expect(bodies[1]).toMatchObject({
      api: 'events',
      rejected: { self: expect.stringContaining('/event/events/') as string },
    });
    expect(bodies[2]).toMatchObject({ text: 'after' });
    await waitUntil('all is acknowledged', () => unacknowledged(harness) === 0);
    expect(harness.route('t1').counts.rejected).toEqual({ 'message-size-exceeded': 1 });
  });

  it('holds no more than its budget while the hub is away, and goes on when it is back', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    await harness.eventHubs.faults.pauseListening();
    for (let round = 0; round < 6; round++) await harness.send('t1', 500);
    await waitUntil('the window is used up', () => harness.route('t1').inFlight.notifications === 1000);
    expect(unacknowledged(harness)).toBe(3000);

    await harness.eventHubs.faults.resumeListening();
    expect(await harness.untilDelivered()).toMatchObject({ sent: 3000, lost: 0, outOfOrder: 0 });
  });
});
