import { describe, expect, it } from 'vitest';
import type { ForwarderStatus } from '../../src/tenants/forwarder.js';
import { waitUntil } from '../support/wait.js';
import { TOPIC } from './harness.js';
import {
  alarmsOf,
  expectCountsToAddUp,
  QUICK_STOP,
  QUOTA_BYTES,
  sendFor,
  sendOthers,
  sendUntilLetGo,
  startAtPace,
  status,
  untilAlarm,
  untilClosed,
} from './protected-tenant.js';

const PROMISE = { lost: 0, repeatedUnderAnotherId: 0, unknown: 0 };

describe('a hub that is away for long', () => {
  it('does not let the topic fill up: what is let go is replayed when the hub is back', async () => {
    const harness = await startAtPace();
    await harness.eventHubs.faults.pauseListening();
    await sendUntilLetGo(harness);
    for (let round = 0; round < 8; round++) await sendOthers(harness, round);
    await sendFor(harness, 10);
    expect(status(harness).gaps).toMatchObject([{ reason: 'backlog', state: 'open' }]);
    await untilAlarm(harness, 'eventhubs_Gap', 'ACTIVE');

    await harness.eventHubs.faults.resumeListening();
    expect(await harness.untilDelivered()).toMatchObject(PROMISE);
    await untilClosed(harness);
    await untilAlarm(harness, 'eventhubs_Gap', 'CLEARED');
    expectCountsToAddUp(harness);
    const [closed] = status(harness).closedGaps;
    // Each lane keeps one event, whatever that is.
    for (const api of ['events', 'operations', 'managedobjects']) {
      expect(closed?.letGo[api]).toBeGreaterThanOrEqual(4);
      expect(closed?.notBroughtBack[api] ?? 0).toBe(0);
    }
    // Nothing is lost, and hardly anything stands there twice.
    expect(closed?.repeated['measurements'] ?? 0).toBeLessThan(100);
  });

  it('may be away while the service stops and starts again: nothing is forgotten, nothing counted twice', async () => {
    const harness = await startAtPace();
    await harness.eventHubs.faults.pauseListening();
    await sendUntilLetGo(harness);
    const letGo = (): number =>
      (harness.status('t1')?.gaps ?? []).reduce((sum, gap) => sum + (gap.letGo.measurements ?? 0), 0);
    for (let restart = 0; restart < 2; restart++) {
      const before = letGo();
      await harness.stopService();
      await sendFor(harness, 10);
      await harness.startService(QUICK_STOP);
      await waitUntil('it lets go again', () => letGo() > before);
    }

    await harness.eventHubs.faults.resumeListening();
    expect(await harness.untilDelivered()).toMatchObject(PROMISE);
    await untilClosed(harness);
    expectCountsToAddUp(harness);
    const sumOf = (counts: 'letGo' | 'notBroughtBack'): number =>
      status(harness).closedGaps.reduce((sum, gap) => sum + (gap[counts]['measurements'] ?? 0), 0);
    expect(sumOf('notBroughtBack')).toBe(0);
    expect(sumOf('letGo')).toBeLessThanOrEqual(harness.sent);
  });

  it('is another copy’s to replay when the one that let go is gone', async () => {
    const harness = await startAtPace();
    await harness.eventHubs.faults.pauseListening();
    await sendUntilLetGo(harness);
    await harness.stopService();
    const other = await harness.startCopy('another-copy');
    await harness.eventHubs.faults.resumeListening();
    expect(await harness.untilDelivered()).toMatchObject(PROMISE);
    await waitUntil('all gaps are closed', () => {
      const [{ gaps = [], closedGaps = [] } = {}] = other.status();
      return gaps.length === 0 && closedGaps.length > 0;
    });
  });
});

it('a route that waits for the one before it does not let its topic fill up either', async () => {
  const harness = await startAtPace();
  await harness.eventHubs.faults.pauseListening();
  await sendFor(harness, 1, 25);
  harness.cumulocity.setOptions('t1', {
    backlogQuota: '1',
    routes: JSON.stringify([{ name: 'all' }]),
  });
  const routes = (): ForwarderStatus['routes'] => status(harness).routes;
  await waitUntil(
    'both are open',
    () => routes().length === 2 && routes().every(({ consumer }) => consumer.state === 'open'),
  );
  while (!routes().every(({ backlog }) => backlog.state === 'lettingGo')) await sendFor(harness, 1, 25);
  await waitUntil('the topic of the new one is relieved', async () => {
    await sendFor(harness, 1, 25);
    const { backlogBytes = 0 } = harness.cumulocity.tenant('t1').topic(`${TOPIC}Routeall`) ?? {};
    return backlogBytes < QUOTA_BYTES / 4;
  });

  await harness.eventHubs.faults.resumeListening();
  await waitUntil('only the new one is left', () => routes().length === 1);
  expect(await harness.untilDelivered()).toMatchObject(PROMISE);
  await waitUntil('no gap is left', () => status(harness).gaps.length === 0);
});

describe('with whenBacklogFills hold', () => {
  it('nothing is let go; an alarm says so, and what the platform may have refused is replayed', async () => {
    const harness = await startAtPace({ whenBacklogFills: 'hold', backlogQuota: '0.25' });
    await harness.eventHubs.faults.pauseListening();
    await sendFor(harness, 50);
    await untilAlarm(harness, 'eventhubs_BacklogGrows', 'ACTIVE');
    await waitUntil('it is critical', async () =>
      (await alarmsOf(harness)).some(
        ({ severity, text }) => severity === 'CRITICAL' && text.includes('hold'),
      ),
    );
    expect(harness.route('t1').backlog).toMatchObject({ state: 'watching' });
    expect(harness.cumulocity.tenant('t1').topic(TOPIC)?.unacknowledged).toBeGreaterThanOrEqual(2500);

    await harness.eventHubs.faults.resumeListening();
    expect(await harness.untilDelivered()).toMatchObject({ ...PROMISE, outOfOrder: 0 });
    await untilClosed(harness);
    await untilAlarm(harness, 'eventhubs_BacklogGrows', 'CLEARED');
  });
});
