import { describe, expect, it } from 'vitest';
import { waitUntil } from '../support/wait.js';
import { FLAWLESS, Harness, TOPIC } from './harness.js';

describe('stop', () => {
  it('under load leaves no repeat behind: what was sent is acknowledged, the rest comes after the next start', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    for (let round = 0; round < 5; round++) {
      const received = harness.received;
      const sending = Promise.all(Array.from({ length: 5 }, () => harness.send('t1', 200)));
      await waitUntil('notifications flow', () => harness.received > received);
      await harness.stopService();
      await sending;
      await harness.startService();
      await harness.untilForwarding('t1');
    }

    expect(await harness.untilDelivered()).toMatchObject({ sent: 5000, ...FLAWLESS });
  });

  it('keeps subscription and consumer, so that nothing is missed meanwhile', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    await harness.stopService();
    await harness.send('t1', 100);
    await harness.startService();

    expect(await harness.untilDelivered()).toMatchObject({ sent: 100, ...FLAWLESS });
  });

  it('ends when the connection to Cumulocity is gone: what was not sent is for whoever reads next', async () => {
    const harness = await Harness.start();
    harness.addTenant('t1');
    harness.cumulocity.subscribeTenant('t1');
    // It would outlast the test.
    await harness.startService({ STOP_SECONDS: '300' });
    await harness.untilForwarding('t1');
    harness.eventHubs.faults.holdAnswers(true);
    await harness.send('t1', 100);
    await waitUntil('the hub holds its answer', () => harness.received > 0);
    const stopped = harness.stopService();
    harness.cumulocity.faults.cutConsumerSockets('t1');
    await stopped;

    harness.eventHubs.faults.holdAnswers(false);
    await harness.startService();
    const verdict = await harness.untilDelivered();
    expect(verdict).toMatchObject({ lost: 0, outOfOrder: 0, repeatedUnderAnotherId: 0 });
  });

  it('ends within its time although the hub does not answer, and says what comes again', async () => {
    const harness = await Harness.start();
    harness.addTenant('t1');
    harness.cumulocity.subscribeTenant('t1');
    await harness.startService({ STOP_SECONDS: '0.2' });
    await harness.untilForwarding('t1');
    harness.eventHubs.faults.holdAnswers(true);
    await harness.send('t1', 100);
    await waitUntil('the hub holds its answer', () => harness.received > 0);
    await harness.stopService();

    const stopped = harness.log.lines.find(({ message }) => message === 'route stopped');
    expect(stopped?.fields).toMatchObject({ undelivered: 100 });
    expect(harness.cumulocity.tenant('t1').topic(TOPIC)?.unacknowledged).toBe(100);
    harness.eventHubs.faults.holdAnswers(false);
    await harness.startService();
    expect(await harness.untilDelivered()).toMatchObject({
      sent: 100,
      lost: 0,
      outOfOrder: 0,
      repeatedUnderAnotherId: 0,
    });
  });
});
