import { describe, expect, it } from 'vitest';
import { Gap } from '../../src/backlog/gap.js';
import { waitUntil } from '../support/wait.js';
import { type Harness, TOPIC } from './harness.js';
import {
  atPace,
  hoursAgo,
  QUICK_STOP,
  replayedTexts,
  sendFor,
  start,
  startAtPace,
  status,
  untilClosed,
} from './protected-tenant.js';

async function post(harness: Harness, text: string, time = new Date().toISOString()): Promise<void> {
  const measurement = { source: { id: harness.device('t1') }, type: 'c8y_T', c8y_T: { T: { value: 1 } } };
  expect((await harness.post('t1', '/measurement/measurements', { ...measurement, text, time })).status).toBe(
    201,
  );
}

describe('a gap is found', () => {
  it('when the topic was full while it could not be read', { timeout: 90_000 }, async () => {
    const harness = await startAtPace();
    const inHub = measurementsInHub(harness);
    harness.cumulocity.faults.refuseUpgrades(500, 't1');
    harness.cumulocity.faults.cutConsumerSockets('t1');
    await waitUntil('more arrives than the topic holds', async () => (await sendUnchecked(harness)) === 500);
    // It reads the platform's figures now and then: what is full for a shorter time, nobody notices.
    await waitUntil('the service sees it', () => harness.route('t1').backlog.share >= 0.8);
    harness.cumulocity.faults.refuseUpgrades(undefined, 't1');
    const stored = await storedMeasurements(harness);
    // There are thousands to be read again, at a pace that gives way to what is new.
    const missing = (): number => stored.filter((id) => !inHub.has(id)).length;
    for (let left = missing(); left > 0; left = missing()) {
      const before = left;
      await waitUntil('more of what is stored is in the hub', () => missing() < before);
    }
    const replayed = (): string => JSON.stringify(status(harness).gaps.map((gap) => gap.replayed));
    for (let before = replayed(); status(harness).gaps.length > 0; before = replayed()) {
      const last = before;
      await waitUntil('a gap gets on', () => replayed() !== last);
    }
  });

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

  it('before a missing subscription is made again: a kill in between would leave nobody who knows of it', async () => {
    const harness = await start();
    const { faults } = harness.cumulocity;
    const endFault = faults.rest({ status: 500, path: /managedObjects/, method: 'PUT', callers: 'system' });
    // Who cannot tell the other copies that it is alive looks after its topic all the same.
    await waitUntil('no record can be written', () => status(harness).connectorFailure !== undefined);
    const subscriptions = (): readonly object[] => harness.cumulocity.tenant('t1').subscriptions();
    const [{ id } = { id: '' }] = subscriptions() as { id: string }[];
    expect((await harness.delete('t1', `/notification2/subscriptions/${id}`)).status).toBe(204);
    await waitUntil('the gap cannot be written', () =>
      harness.log.messages('warn').includes('a gap could not be written down, trying again'),
    );
    await post(harness, 'missed');
    expect(subscriptions()).toEqual([]);

    endFault();
    await waitUntil('it is made again', () => subscriptions().length === 1);
    await waitUntil('what was missed is in the hub', () => replayedTexts(harness).includes('missed'));
    await untilClosed(harness);
  });

  it('although it cannot be written down for long: what comes meanwhile is forwarded', async () => {
    const harness = await start({}, { topic: { activationMs: 0, patienceMs: 50 } });
    const { faults } = harness.cumulocity;
    const endFault = faults.rest({ status: 500, path: /managedObjects/, method: 'PUT', callers: 'system' });
    const subscriptions = (): readonly object[] => harness.cumulocity.tenant('t1').subscriptions();
    const [{ id } = { id: '' }] = subscriptions() as { id: string }[];
    await harness.delete('t1', `/notification2/subscriptions/${id}`);
    await post(harness, 'missed');
    await waitUntil('it is made again', () => subscriptions().length === 1);
    await sendFor(harness, 1);
    await harness.untilDelivered();
    endFault();
    await waitUntil('what was missed is in the hub', () => replayedTexts(harness).includes('missed'));
    await untilClosed(harness);
  });

  it('that was begun by a run which was killed before it could end it', async () => {
    const harness = await start();
    await harness.stopService();
    const from = Date.now() - 60_000;
    const found = { route: 'default', reason: 'subscription', state: 'open', copy: 'killed' } as const;
    const gap = Gap.ofSpan(found, { sources: ['*'], apis: ['measurements'], span: [from, from + 1] });
    const object = await harness.connector('t1');
    const path = `/inventory/managedObjects/${object['id'] as string}`;
    expect((await harness.put('t1', path, gap.write())).status).toBe(200);
    // Between the gap's writing and the next start: nobody could have seen it.
    await post(harness, 'missed');
    await harness.startService({ ...QUICK_STOP, HOSTNAME: 'killed' });
    await waitUntil('what was missed is in the hub', () => replayedTexts(harness).includes('missed'));
    await untilClosed(harness);
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

  it('when the tenant was gone, and was back before the service was: what its topic kept is given up', async () => {
    const harness = await start();
    await harness.eventHubs.faults.pauseListening();
    await sendFor(harness, 2);
    harness.cumulocity.unsubscribeTenant('t1');
    const tenant = harness.cumulocity.tenant('t1');
    await waitUntil('its consumer is removed', () => tenant.topic(TOPIC)?.subscribers.length === 0);
    await harness.stopService();
    harness.cumulocity.subscribeTenant('t1');
    await sendFor(harness, 2);
    await harness.startService(QUICK_STOP);
    await harness.eventHubs.faults.resumeListening();
    expect(await harness.untilDelivered()).toMatchObject({ lost: 0, repeatedUnderAnotherId: 0 });
    await untilClosed(harness);
    expect(status(harness).closedGaps).toMatchObject([{ reason: 'absence' }]);
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

/** A topic that does not fill up, however long a start takes. */
const ROOMY = { backlogQuota: '100' };

describe('no gap is found', () => {
  it('when a route is changed long after the start', async () => {
    const harness = await start(ROOMY);
    await harness.stopService();
    await harness.changeRecord('t1', { seenAt: hoursAgo(50), safeUntil: hoursAgo(50) });
    await harness.startService(QUICK_STOP);
    await harness.untilForwarding('t1');
    await untilClosed(harness, 1);
    await waitUntil('the copy leads', () => status(harness).copies.isLeading);
    const found = status(harness).closedGaps.length;
    const connections = (): number =>
      harness.log.messages('info').filter((text) => text === 'consumer connected').length;
    const before = connections();
    harness.cumulocity.setOptions('t1', { partitionBy: 'none' });
    await waitUntil('it has connected anew', () => connections() > before);
    await sendFor(harness, 1);
    await harness.untilDelivered();
    expect(status(harness)).toMatchObject({ gaps: [], closedGaps: { length: found } });
  });

  it('when the tenant was switched off and on: nothing was promised meanwhile', async () => {
    const harness = await start(ROOMY);
    await harness.stopService();
    await harness.startService(QUICK_STOP);
    await harness.untilForwarding('t1');
    await waitUntil('the copy leads', () => status(harness).copies.isLeading);
    harness.cumulocity.setOptions('t1', { enabled: 'false' });
    await harness.untilState('t1', 'disabled');
    await post(harness, 'while it was off');
    harness.cumulocity.setOptions('t1', { enabled: 'true' });
    await harness.untilForwarding('t1');
    await sendFor(harness, 1);
    await harness.untilDelivered();
    expect(status(harness)).toMatchObject({ gaps: [], closedGaps: [] });
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

/** Sends at the usual pace although the topic may be full; returns the status of the answer. */
async function sendUnchecked(harness: Harness): Promise<number> {
  const source = { id: harness.device('t1') };
  const measurements = Array.from({ length: 50 }, (_, value) => ({
    source,
    type: 'c8y_T',
    time: new Date().toISOString(),
    c8y_T: { T: { value } },
  }));
  return (await atPace(() => harness.post('t1', '/measurement/measurements', { measurements }))).status;
}

/** The ids of all measurements that the tenant has. */
async function storedMeasurements(harness: Harness): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let page = 1; ; page++) {
    const response = await harness.get('t1', `/measurement/measurements?pageSize=2000&currentPage=${page}`);
    const { measurements } = (await response.json()) as { measurements: { id: string }[] };
    ids.push(...measurements.map(({ id }) => id));
    if (measurements.length < 2000) return ids;
  }
}

/** The ids of all measurements that are in the hub, also of those that come later. */
function measurementsInHub(harness: Harness): ReadonlySet<string> {
  const hub = harness.eventHubs.hub('t1');
  const ids = new Set<string>();
  const add = (events: readonly { readonly body: Buffer }[]): void => {
    for (const { body } of events) ids.add((JSON.parse(body.toString()) as { id: string }).id);
  };
  for (const id of hub.partitionIds) add(hub.partition(id).events());
  hub.onAppended(add);
  return ids;
}
