/** A record that is read over REST has to be the notification that it was, with the same id. */
import { describe, expect, it } from 'vitest';
import { type RecordQuery, readRecordPage } from '../../src/cumulocity/records.js';
import { readJsonBody } from '../../src/mapping/json-body.js';
import { stateIdOf } from '../../src/mapping/message-id.js';
import type { Notification } from '../../src/notifications/frame.js';
import { readRecords, type StoredRecord } from '../../src/replay/stored-record.js';
import { startPlatform } from '../cumulocity/platform.js';
import type { PublishedNotification } from '../simulators/cumulocity/local-cumulocity.js';
import { SimulatorClient } from '../simulators/cumulocity/simulator-client.js';

const APIS = ['measurements', 'events', 'alarms', 'operations', 'managedobjects'] as const;
const TIME = '2026-09-03T12:29:01.664Z';
/** Everything that the tests store. */
const ALL = [0, Date.now() + 3_600_000] as const;

const idOf = (notification: Notification): string =>
  stateIdOf(notification, readJsonBody(notification.body)).messageId;

function asNotification({ channel, action, body }: PublishedNotification): Notification {
  const [, tenant = '', api = '', sourceId = ''] = channel.split('/');
  return { ackId: '', channel, tenant, api, sourceId, action, body: Buffer.from(body) };
}

/** A platform that names another host in notifications than over REST, as real ones do. */
async function start() {
  const { cumulocity, service } = await startPlatform({
    notificationLinkBase: 'http://cumulocity.default.svc',
  });
  const tenant = cumulocity.tenant('t1');
  const admin = new SimulatorClient(cumulocity, { tenant: 't1', ...tenant.admin });
  const published: Notification[] = [];
  cumulocity.onPublished((notification) => published.push(asNotification(notification)));
  await admin.subscribe({ subscriptionFilter: { apis: APIS } });
  await admin.consumer();
  const read = async (
    query: Partial<RecordQuery> & Pick<RecordQuery, 'api'>,
  ): Promise<readonly StoredRecord[]> => {
    const text = await readRecordPage(service, { source: undefined, time: ALL, ...query }, 1);
    return readRecords('t1', query.api, text).records;
  };
  const device = tenant.createDevice('device');
  return { admin, device, published, read };
}

describe('a record', () => {
  it('is the notification that told of it, with its id, its source and its action', async () => {
    const { admin, device, published, read } = await start();
    const source = { id: device };
    await admin.call('POST', '/measurement/measurements', {
      source,
      type: 'c8y_T',
      time: TIME,
      c8y_T: { T: { value: 1.5 } },
    });
    await admin.call('POST', '/event/events', { source, type: 'c8y_E', time: TIME, text: 'opened' });
    await admin.call('POST', '/alarm/alarms', {
      source,
      type: 'c8y_A',
      time: TIME,
      text: 'alarm',
      severity: 'MAJOR',
    });
    await admin.call('POST', '/devicecontrol/operations', { deviceId: device, c8y_Restart: {} });

    for (const api of APIS) {
      const [told] = published.filter(
        (notification) => notification.api === api && notification.sourceId === device,
      );
      const [record] = await read({ api, source: device });
      expect(record?.notification).toMatchObject({ api, tenant: 't1', sourceId: device, action: 'CREATE' });
      expect(record?.notification.channel).toBe(told?.channel);
      expect(idOf(record?.notification as Notification)).toBe(idOf(told as Notification));
    }
  });

  it('that was changed is the notification of its last change', async () => {
    const { admin, device, published, read } = await start();
    const source = { id: device };
    const event = await admin.call('POST', '/event/events', {
      source,
      type: 'c8y_E',
      time: TIME,
      text: 'opened',
    });
    await admin.call('PUT', `/event/events/${event.body.id}`, { text: 'closed' });
    const alarm = { source, type: 'c8y_A', time: TIME, text: 'alarm', severity: 'MAJOR' };
    await admin.call('POST', '/alarm/alarms', alarm);
    await admin.call('POST', '/alarm/alarms', alarm);
    const operation = await admin.call('POST', '/devicecontrol/operations', {
      deviceId: device,
      c8y_Restart: {},
    });
    await admin.call('PUT', `/devicecontrol/operations/${operation.body.id}`, { status: 'EXECUTING' });

    for (const api of ['events', 'alarms', 'operations'] as const) {
      const told = published.filter((notification) => notification.api === api).at(-1) as Notification;
      expect(told.action).toBe('UPDATE');
      const [record] = await read({ api });
      expect(record?.notification.action).toBe('UPDATE');
      expect(idOf(record?.notification as Notification)).toBe(idOf(told));
    }
  });

  it('keeps the bytes that came: no number is printed again', async () => {
    const text =
      '{"measurements":[{"id":"1","source":{"id":"7"},"time":"2026-09-03T12:29:01.664Z","v":1.0,"w":1e400}],"self":"x"}';
    const [record] = readRecords('t1', 'measurements', text).records;
    expect(record?.notification.body.toString()).toContain('"v":1.0,"w":1e400}');
    expect(record).toMatchObject({ id: '1', time: Date.parse('2026-09-03T12:29:01.664Z') });
  });
});

describe('records are selected', () => {
  it('by time, both ends included, oldest first', async () => {
    const { admin, device, read } = await start();
    for (const at of [3000, 1000, 2000, 4000]) {
      const body = { source: { id: device }, type: 'c8y_T', time: new Date(at).toISOString(), text: 'x' };
      await admin.call('POST', '/measurement/measurements', body);
      await admin.call('POST', '/event/events', body);
    }
    for (const api of ['measurements', 'events'] as const) {
      const found = await read({ api, source: device, time: [2000, 3000] });
      expect(found.map(({ time }) => time)).toEqual([2000, 3000]);
    }
  });

  it('by creation and by change, also where the device gave an old time', async () => {
    const { admin, device, read } = await start();
    const event = (text: string) => ({
      source: { id: device },
      type: 'c8y_E',
      time: new Date(5000).toISOString(),
      text,
    });
    const first = await admin.call('POST', '/event/events', event('first'));
    const created = Date.parse(first.body.creationTime);
    expect(await read({ api: 'events', created: [created - 10, created] })).toHaveLength(1);
    expect(await read({ api: 'events', created: [0, created - 10] })).toHaveLength(0);

    const changed = await admin.call('PUT', `/event/events/${first.body.id}`, { text: 'changed' });
    const updated = Date.parse(changed.body.lastUpdated);
    expect(await read({ api: 'events', updated: [updated, updated] })).toHaveLength(1);
    expect(await read({ api: 'events', updated: [updated + 5, updated + 1000] })).toHaveLength(0);
  });

  it('of managed objects by their creation', async () => {
    const { device, read } = await start();
    const [record] = await read({ api: 'managedobjects', source: device });
    const { time = 0 } = record ?? {};
    const found = await read({ api: 'managedobjects', time: [time, time] });
    expect(found.map(({ id }) => id)).toContain(device);
    expect(await read({ api: 'managedobjects', time: [0, time - 1000] })).toEqual([]);
  });
});
