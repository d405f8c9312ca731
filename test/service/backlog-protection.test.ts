import { describe, expect, it } from 'vitest';
import type { ForwarderStatus } from '../../src/tenants/forwarder.js';
import { waitUntil } from '../support/wait.js';
import { Harness, TOPIC } from './harness.js';

const QUOTA_BYTES = 2 * 1024 * 1024;
/** Devices send at this pace all the time: what was never seen cannot be foreseen. */
const PACE_MS = 40;
const WARM_UP_ROUNDS = 30;
/** A hub that is away is not waited for long. */
const QUICK_STOP = { STOP_SECONDS: '1' };

async function start(options: Readonly<Record<string, string>> = {}): Promise<Harness> {
  const harness = await Harness.start({ backlogQuotaBytes: QUOTA_BYTES });
  await harness.startWithTenant('t1', { backlogQuota: '2', ...options }, QUICK_STOP);
  await waitUntil('the copy leads', () => status(harness).copies.isLeading);
  // Earlier states of its own alarms are not brought back.
  harness.ignoreSource((await harness.connector('t1'))['id'] as string);
  await sendFor(harness, WARM_UP_ROUNDS);
  await harness.untilDelivered();
  return harness;
}

const status = (harness: Harness): ForwarderStatus => harness.status('t1') as ForwarderStatus;

let nextRoundAt = 0;

/** Sends measurements, 100 a round. A full topic fails the test, as `send` demands success. */
async function sendFor(harness: Harness, rounds: number, count = 100): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await waitUntil('it is time for the next round', () => performance.now() >= nextRoundAt);
    nextRoundAt = performance.now() + PACE_MS;
    await harness.send('t1', count);
  }
}

/** Sends until notifications are let go, and the topic is far from full. */
async function sendUntilLetGo(harness: Harness): Promise<void> {
  const isRelieved = (): boolean => {
    const { backlogBytes = 0 } = harness.cumulocity.tenant('t1').topic(TOPIC) ?? {};
    return harness.route('t1').backlog.state === 'lettingGo' && backlogBytes < QUOTA_BYTES / 4;
  };
  while (!isRelieved()) await sendFor(harness, 1);
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

/** Everything that is not measurements: some with old times, some changed later. */
async function sendOthers(harness: Harness, round: number): Promise<void> {
  const source = { id: harness.device('t1', round) };
  const time = new Date().toISOString();
  const old = new Date(Date.now() - 7 * 24 * 3_600_000 - round * 1000).toISOString();
  const requests: [string, object][] = [
    ['/measurement/measurements', { source, type: 'c8y_T', time: old, c8y_T: { T: { value: round } } }],
    ['/event/events', { source, type: 'c8y_E', time, text: `event ${round}` }],
    ['/event/events', { source, type: 'c8y_E', time: old, text: `old event ${round}` }],
    ['/alarm/alarms', { source, type: `c8y_A${round}`, time, text: 'alarm', severity: 'MAJOR' }],
    ['/devicecontrol/operations', { deviceId: source.id, c8y_Command: { text: `${round}` } }],
    ['/inventory/managedObjects', { name: `new ${round}`, c8y_IsDevice: {} }],
  ];
  for (const [path, body] of requests) expect((await harness.post('t1', path, body)).status).toBe(201);
}

async function untilClosed(harness: Harness, gaps = 1): Promise<void> {
  await waitUntil('the gap is closed', () => {
    const { gaps: open, closedGaps } = status(harness);
    return open.length === 0 && closedGaps.length >= gaps;
  });
}

/** For each API: what was let go is replayed or cannot be brought back, and nothing else was replayed but repeats. */
function expectCountsToAddUp(harness: Harness): void {
  for (const { letGo, replayed, repeated, notBroughtBack } of status(harness).closedGaps) {
    for (const [api, count] of Object.entries(letGo)) {
      const accounted = (replayed[api] ?? 0) - (repeated[api] ?? 0) + (notBroughtBack[api] ?? 0);
      expect({ api, accounted }).toEqual({ api, accounted: count });
    }
  }
}

const PROMISE = { lost: 0, repeatedUnderAnotherId: 0, unknown: 0 };

describe('a hub that is away for long', () => {
  it('does not let the topic fill up: what is let go is replayed when the hub is back', async () => {
    const harness = await start();
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
    const harness = await start();
    await harness.eventHubs.faults.pauseListening();
    await sendUntilLetGo(harness);
    const letGo = (): number => status(harness).gaps[0]?.letGo.measurements ?? 0;
    for (let restart = 0; restart < 2; restart++) {
      const before = letGo();
      await harness.stopService();
      await sendFor(harness, 10);
      await harness.startService(QUICK_STOP);
      await waitUntil(
        'it lets go again',
        () => (harness.status('t1')?.routes ?? []).length > 0 && letGo() > before,
      );
    }
    expect(status(harness).gaps).toHaveLength(1);

    await harness.eventHubs.faults.resumeListening();
    expect(await harness.untilDelivered()).toMatchObject(PROMISE);
    await untilClosed(harness);
    expectCountsToAddUp(harness);
    const [closed] = status(harness).closedGaps;
    expect(closed?.notBroughtBack['measurements'] ?? 0).toBe(0);
  });

  it('is another copy’s to replay when the one that let go is gone', async () => {
    const harness = await start();
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
  const harness = await start();
  await harness.eventHubs.faults.pauseListening();
  harness.cumulocity.setOptions('t1', {
    backlogQuota: '2',
    routes: JSON.stringify([{ name: 'all' }]),
  });
  const routes = (): ForwarderStatus['routes'] => status(harness).routes;
  await waitUntil(
    'both are open',
    () => routes().length === 2 && routes().every(({ consumer }) => consumer.state === 'open'),
  );
  while (!routes().every(({ backlog }) => backlog.state === 'lettingGo')) await sendFor(harness, 1, 50);
  await sendFor(harness, 20, 50);

  await harness.eventHubs.faults.resumeListening();
  await waitUntil('only the new one is left', () => routes().length === 1);
  expect(await harness.untilDelivered()).toMatchObject(PROMISE);
  await waitUntil('no gap is left', () => status(harness).gaps.length === 0);
});

describe('with whenBacklogFills hold', () => {
  it('nothing is let go; an alarm says so, and what the platform may have refused is replayed', async () => {
    const harness = await start({ whenBacklogFills: 'hold', backlogQuota: '0.5' });
    await harness.eventHubs.faults.pauseListening();
    await sendFor(harness, 50);
    await untilAlarm(harness, 'eventhubs_BacklogGrows', 'ACTIVE');
    await waitUntil('it is critical', async () =>
      (await alarmsOf(harness)).some(
        ({ severity, text }) => severity === 'CRITICAL' && text.includes('hold'),
      ),
    );
    expect(harness.route('t1').backlog).toMatchObject({ state: 'watching' });
    expect(harness.cumulocity.tenant('t1').topic(TOPIC)?.unacknowledged).toBeGreaterThanOrEqual(5000);

    await harness.eventHubs.faults.resumeListening();
    expect(await harness.untilDelivered()).toMatchObject({ ...PROMISE, outOfOrder: 0 });
    await untilClosed(harness);
    await untilAlarm(harness, 'eventhubs_BacklogGrows', 'CLEARED');
  });
});

describe('a gap is found', () => {
  it('when the subscription is deleted while the consumer is connected', async () => {
    const harness = await start();
    const [{ id } = { id: '' }] = harness.cumulocity.tenant('t1').subscriptions() as { id: string }[];
    expect((await harness.delete('t1', `/notification2/subscriptions/${id}`)).status).toBe(204);
    const before = harness.sent;
    const missed = { source: { id: harness.device('t1') }, type: 'c8y_E', text: 'missed' };
    await harness.post('t1', '/event/events', { ...missed, time: new Date().toISOString() });
    expect(harness.sent).toBe(before);

    await waitUntil('it is made again', () => harness.cumulocity.tenant('t1').subscriptions().length === 1);
    await waitUntil('what was missed is in the hub', () => replayedTexts(harness).includes('missed'));
    await untilClosed(harness);
    expect(status(harness).closedGaps).toMatchObject([{ reason: 'subscription' }]);
  });

  it('when the tenant was gone for a while', async () => {
    const harness = await start();
    harness.cumulocity.unsubscribeTenant('t1');
    await waitUntil('it is gone', () => harness.status('t1') === undefined);
    const tenant = harness.cumulocity.tenant('t1');
    await waitUntil('its consumer is removed', () => tenant.topic(TOPIC)?.subscribers.length === 0);
    const missed = { source: { id: harness.device('t1') }, type: 'c8y_E', text: 'missed' };
    await harness.post('t1', '/event/events', { ...missed, time: new Date().toISOString() });
    harness.cumulocity.subscribeTenant('t1');
    await waitUntil('what was missed is in the hub', () => replayedTexts(harness).includes('missed'));
    await untilClosed(harness);
  });

  it('when nobody has read the topic for longer than anything is kept', async () => {
    const harness = await start();
    await harness.stopService();
    const missed = { source: { id: harness.device('t1') }, type: 'c8y_T', time: hoursAgo(40) };
    await harness.post('t1', '/measurement/measurements', { ...missed, text: 'missed' });
    // As if the service had stopped 50 hours ago.
    await harness.changeRecord('t1', { seenAt: hoursAgo(50), safeUntil: hoursAgo(50) });
    await harness.startService();
    await waitUntil('what has gone is in the hub', () => replayedTexts(harness).includes('missed'));
    await untilClosed(harness);
    expect(status(harness).closedGaps.map(({ reason }) => reason)).toContain('retention');
  });
});

it('an administrator can have anything replayed', async () => {
  const harness = await start();
  harness.cumulocity
    .tenant('t1')
    .addUser('boss', 'pw', ['ROLE_EVENT_HUBS_FORWARDER_ADMIN', 'ROLE_USER_MANAGEMENT_OWN_READ']);
  const source = { id: harness.device('t1') };
  const old = { source, type: 'c8y_E', text: 'old', time: hoursAgo(100) };
  await harness.post('t1', '/event/events', old);
  await harness.post('t1', '/measurement/measurements', { ...old, c8y_T: { T: { value: 1 } } });
  await harness.untilDelivered();

  const ask = (body: object): Promise<Response> =>
    fetch(`http://127.0.0.1:${harness.service.port}/tenants/t1/replay`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from('t1/boss:pw').toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    });
  const span = { from: hoursAgo(101), to: hoursAgo(99) };
  const answer = await ask({ ...span, apis: ['measurements'], devices: [source.id] });
  expect(answer.status).toBe(202);
  await untilClosed(harness);
  expect(status(harness).closedGaps).toMatchObject([{ reason: 'requested', replayed: { measurements: 1 } }]);
  expect(replayedTexts(harness)).toEqual(['old']);
  // The same state has the same id, whichever way it came.
  expect((await harness.untilDelivered()).repeatedUnderAnotherId).toBe(0);
  expect((await ask({ from: 'yesterday' })).status).toBe(400);
});

function hoursAgo(hours: number): string {
  return new Date(Date.now() - hours * 3_600_000).toISOString();
}

/** The texts of the events that were replayed. */
function replayedTexts(harness: Harness): readonly unknown[] {
  const hub = harness.eventHubs.hub('t1');
  const events = hub.partitionIds.flatMap((id) => hub.partition(id).events());
  const replayed = events.filter(({ properties }) => properties['replayed'] === 'true');
  return replayed.map(({ body }) => (JSON.parse(body.toString()) as { text?: unknown }).text);
}
