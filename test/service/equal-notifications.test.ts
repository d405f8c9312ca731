import { describe, expect, it } from 'vitest';
import type { RouteStatus } from '../../src/tenants/route.js';
import { waitUntil } from '../support/wait.js';
import { Harness, TOPIC } from './harness.js';

const inHub = (harness: Harness): number => harness.eventHubs.hub('t1').eventCount;
const untilAcknowledged = (harness: Harness): Promise<void> =>
  waitUntil('all is acknowledged', () => harness.cumulocity.tenant('t1').topic(TOPIC)?.unacknowledged === 0);

/** A state that nothing but its content tells from others. */
const update = ({ cumulocity }: Harness, status: string): boolean =>
  cumulocity.faults.publishRaw(
    't1',
    TOPIC,
    '/t1/operations/7',
    'UPDATE',
    JSON.stringify({ id: '1', status }),
  );

async function reconnect(harness: Harness): Promise<void> {
  const opened = (): number =>
    harness.log.messages('info').filter((message) => message === 'consumer connected').length;
  const before = opened();
  harness.cumulocity.faults.cutConsumerSockets();
  await waitUntil('it is connected again', () => opened() > before);
}

describe('an operation that comes back to an earlier status', () => {
  it('is sent each time', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    for (const status of ['EXECUTING', 'PENDING', 'EXECUTING']) update(harness, status);
    await untilAcknowledged(harness);

    expect(inHub(harness)).toBe(3);
  });

  it('is sent again after a reconnect, too', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    update(harness, 'EXECUTING');
    update(harness, 'PENDING');
    await untilAcknowledged(harness);
    await reconnect(harness);
    update(harness, 'EXECUTING');
    await waitUntil('the third is in the hub', () => inHub(harness) === 3);
    await untilAcknowledged(harness);
  });

  it('is not repeated where its copy must come again, as it was with the hub when the connection was lost', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    harness.eventHubs.faults.holdAnswers(true);
    update(harness, 'EXECUTING');
    await waitUntil('it is with the hub', () => inHub(harness) === 1);
    update(harness, 'EXECUTING');
    await waitUntil('both are read', () => harness.route('t1').counts.received === 2);
    await reconnect(harness);
    await waitUntil('both are read again', () => harness.route('t1').counts.received === 4);
    harness.eventHubs.faults.holdAnswers(false);
    await untilAcknowledged(harness);

    expect(inHub(harness)).toBe(2);
  });
});

describe('limits', () => {
  it('reads no more once the budget of bytes is used up, and goes on when the hub is back', async () => {
    const harness = await Harness.start({ backlogQuotaBytes: 200 * 1024 * 1024 });
    await harness.startWithTenant('t1', { backlogQuota: '200' });
    await harness.eventHubs.faults.pauseListening();
    const source = { id: harness.device('t1') };
    for (let at = 0; at < 60; at++) {
      const time = new Date().toISOString();
      await harness.post('t1', '/event/events', { source, type: 'c8y_Log', text: 'x'.repeat(900_000), time });
    }
    let mostBytes = 0;
    const look = (): RouteStatus['inFlight'] => {
      const { inFlight } = harness.route('t1');
      mostBytes = Math.max(mostBytes, inFlight.bytes);
      return inFlight;
    };
    await waitUntil('the budget is used up', () => look().isFull);
    await harness.eventHubs.faults.resumeListening();
    await waitUntil('all is in the hub', () => look().bytes === 0 && harness.received === 60);
    await untilAcknowledged(harness);

    // 54 MB were there to be read; the budget is 32 MiB, and one notification may exceed it.
    expect(mostBytes).toBeLessThan(36 * 1024 * 1024);

    expect(harness.route('t1').inFlight).toEqual({ notifications: 0, bytes: 0, isFull: false });
    expect(harness.received).toBe(60);
  });

  it('drops what was not sent when the Cumulocity connection is lost', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    harness.eventHubs.faults.holdAnswers(true);
    await harness.send('t1', 8);
    await waitUntil('the hub holds its answers', () => harness.received > 0);
    await harness.send('t1', 400);
    await waitUntil('all are read', () => harness.route('t1').counts.received === 408);
    harness.cumulocity.faults.refuseUpgrades(409, 't1');
    harness.cumulocity.faults.cutConsumerSockets();
    await waitUntil('it is lost', () => harness.route('t1').consumer.state !== 'open');

    expect(harness.route('t1').inFlight.notifications).toBeLessThan(400);
    harness.eventHubs.faults.holdAnswers(false);
    harness.cumulocity.faults.refuseUpgrades(undefined, 't1');
    expect(await harness.untilDelivered()).toMatchObject({ sent: 408, lost: 0, outOfOrder: 0 });
  });
});
