/** An event of each api as a reader gets it: what the local Cumulocity notifies, in the flat format. */
import type { HubEvent } from '../../src/mapping/hub-event.js';
import { mapNotification } from '../../src/mapping/map-notification.js';
import { LocalCumulocity } from '../simulators/cumulocity/local-cumulocity.js';
import { SimulatorClient } from '../simulators/cumulocity/simulator-client.js';
import type { ReceivedNotification } from '../simulators/cumulocity/test-consumer.js';
import { scriptedNotification } from '../support/scripted-frames.js';

/** Every api by name: `*` leaves out measurements for a whole tenant. */
export const APIS = ['alarms', 'events', 'managedobjects', 'measurements', 'operations'];

/** @returns the events of one device: it turns up, reports, moves, raises an alarm that is cleared, gets an operation. */
export async function flatSamples(): Promise<HubEvent[]> {
  const local = await LocalCumulocity.start();
  try {
    return (await notificationsOf(local)).map(toFlatEvent);
  } finally {
    await local.stop();
  }
}

async function notificationsOf(local: LocalCumulocity): Promise<readonly ReceivedNotification[]> {
  const t1 = local.addTenant('t1');
  const admin = new SimulatorClient(local, { tenant: 't1', ...t1.admin });
  await admin.subscribe({ subscriptionFilter: { apis: APIS } });
  const consumer = await admin.consumer();
  const id = t1.createDevice('Device 1');
  const time = '2026-01-02T03:04:05.678Z';
  const temperature = {
    type: 'c8y_TemperatureMeasurement',
    c8y_TemperatureMeasurement: { T: { value: 21.5 } },
  };
  await admin.call('POST', '/measurement/measurements', { source: { id }, time, ...temperature });
  await admin.event(id, { type: 'c8y_LocationUpdate', c8y_Position: { lat: 51.23, lng: 6.78, alt: 40 } });
  const { body: alarm } = await admin.alarm(id);
  await admin.call('PUT', `/alarm/alarms/${alarm.id}`, { status: 'CLEARED' });
  await admin.call('POST', '/devicecontrol/operations', { deviceId: id, c8y_Command: { text: 'restart' } });
  await consumer.barrier();
  return consumer.received;
}

function toFlatEvent({ ackId, channel, action, body }: ReceivedNotification): HubEvent {
  const [, tenant, api, source] = channel.split('/') as [string, string, string, string];
  const notification = scriptedNotification({ ackId, tenant, api, source, action, body });
  return mapNotification(notification, 'flat', 'forwarder').event;
}

/** Every path through the objects of events, such as `source.id`. */
export function pathsIn(events: readonly HubEvent[]): ReadonlySet<string> {
  const paths = new Set<string>();
  const collect = (value: unknown, prefix: string): void => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    for (const [name, field] of Object.entries(value)) {
      paths.add(prefix + name);
      collect(field, `${prefix}${name}.`);
    }
  };
  for (const { body } of events) collect(JSON.parse(body.toString()), '');
  return paths;
}
