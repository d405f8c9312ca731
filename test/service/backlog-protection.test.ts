import { describe, expect, it } from 'vitest';
import type { ForwarderStatus } from '../../src/tenants/forwarder.js';
import { waitUntil } from '../support/wait.js';
import { FLAWLESS, Harness } from './harness.js';

const MIB = 1024 * 1024;
/** Devices send at this pace all the time: what was never seen cannot be foreseen. */
const PACE_MS = 40;

async function start(): Promise<Harness> {
  const harness = await Harness.start({ backlogQuotaBytes: 2 * MIB });
  await harness.startWithTenant('t1', { backlogQuota: '2' });
  await waitUntil('the copy leads', () => status(harness).copies.isLeading);
  const found = await harness.get('t1', '/inventory/managedObjects?type=eventhubs_Connector');
  const [connector] = ((await found.json()) as { managedObjects: readonly { id: string }[] }).managedObjects;
  // Earlier states of its alarms are not brought back.
  harness.ignoreSource(connector?.id ?? '');
  await sendFor(harness, 40);
  await harness.untilDelivered();
  return harness;
}

const status = (harness: Harness): ForwarderStatus => harness.status('t1') as ForwarderStatus;

/** Sends 100 measurements a round. A full topic fails the test, as `send` demands success. */
async function sendFor(harness: Harness, rounds: number): Promise<void> {
  let next = performance.now();
  for (let round = 0; round < rounds; round++) {
    await waitUntil('it is time for the next round', () => performance.now() >= next);
    await harness.send('t1', 100);
    next += PACE_MS;
  }
}

interface Alarm {
  readonly type: string;
  readonly status: string;
  readonly severity: string;
  readonly text: string;
}

async function alarmsOf(harness: Harness): Promise<readonly Alarm[]> {
  const response = await harness.get('t1', '/alarm/alarms?pageSize=100');
  return ((await response.json()) as { alarms: readonly Alarm[] }).alarms;
}

const untilAlarm = (harness: Harness, type: string, wanted: string): Promise<void> =>
  waitUntil(`the alarm ${type} is ${wanted}`, async () =>
    (await alarmsOf(harness)).some((alarm) => alarm.type === type && alarm.status === wanted),
  );

describe('a hub that is away for long', () => {
  it('does not let the topic fill up: what is let go is replayed when the hub is back', async () => {
    const harness = await start();
    await harness.eventHubs.faults.pauseListening();
    await sendFor(harness, 100);
    expect(status(harness).gaps).toMatchObject([{ reason: 'backlog', state: 'open' }]);
    await untilAlarm(harness, 'eventhubs_Gap', 'ACTIVE');

    await harness.eventHubs.faults.resumeListening();
    const verdict = await harness.untilDelivered();
    expect(verdict).toMatchObject({
      sent: 14_000,
      ...FLAWLESS,
      outOfOrder: verdict.outOfOrder,
      duplicated: verdict.duplicated,
    });
    await waitUntil(
      'the gap is closed',
      () => status(harness).gaps.length === 0 && status(harness).closedGaps.length === 1,
    );
    await untilAlarm(harness, 'eventhubs_Gap', 'CLEARED');
    const [closed] = status(harness).closedGaps;
    const { letGo, replayed, repeated, notBroughtBack } = closed as NonNullable<typeof closed>;
    expect(letGo['measurements']).toBeGreaterThan(0);
    expect(replayed['measurements']).toBe((letGo['measurements'] ?? 0) + (repeated['measurements'] ?? 0));
    expect(notBroughtBack['measurements'] ?? 0).toBe(0);
  });
});
