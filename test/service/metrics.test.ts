import { expect, it } from 'vitest';
import { waitUntil } from '../support/wait.js';
import { Harness } from './harness.js';

it('the metrics of the owner tenant say what every tenant’s routes have done', async () => {
  const harness = await Harness.start();
  harness.addTenant('t1');
  harness.addTenant('t2', { hubName: 'no such name!' });
  for (const id of ['t1', 't2']) harness.cumulocity.subscribeTenant(id);
  await harness.startService();
  await harness.untilForwarding('t1');
  await harness.send('t1', 40);
  await harness.untilDelivered();
  const { tenant } = harness.cumulocity.bootstrapUser();
  harness.cumulocity
    .tenant(tenant)
    .addUser('watcher', 'pw', ['ROLE_EVENT_HUBS_FORWARDER_READ', 'ROLE_USER_MANAGEMENT_OWN_READ']);

  const authorization = `Basic ${Buffer.from(`${tenant}/watcher:pw`).toString('base64')}`;
  const read = async (): Promise<string> =>
    (await fetch(`http://127.0.0.1:${harness.service.port}/metrics`, { headers: { authorization } })).text();
  const lines = (await read()).split('\n');
  for (const [name, value] of [
    ['notifications_received_total', '40'],
    ['events_sent_total', '40'],
    ['consumer_open', '1'],
    ['hub_failing', '0'],
    ['hub_limit_bytes_per_second', '+Inf'],
    ['letting_go', '0'],
    ['in_flight_notifications', '0'],
  ]) {
    expect(lines).toContain(`event_hubs_forwarder_${name}{tenant="t1",route="default"} ${value}`);
  }
  // A tenant without a route has nothing to count, but its gaps are told.
  expect(lines).toContain('event_hubs_forwarder_gaps{tenant="t2"} 0');
  expect(lines.join()).not.toContain('events_sent_total{tenant="t2"');

  harness.eventHubs.faults.setMaxMessageBytes(8192);
  harness.eventHubs.faults.cutConnections();
  const event = { source: { id: harness.device('t1') }, type: 'c8y_Log', time: new Date().toISOString() };
  await harness.post('t1', '/event/events', { ...event, text: 'x'.repeat(20_000) });
  await waitUntil('the rejected event is counted', async () =>
    (await read()).includes(
      'events_rejected_total{tenant="t1",route="default",reason="message-size-exceeded"} 1',
    ),
  );

  await harness.eventHubs.faults.pauseListening();
  await harness.send('t1', 8);
  await waitUntil('the failure is told', async () =>
    (await read()).includes('event_hubs_forwarder_hub_failing{tenant="t1",route="default"} 1'),
  );
});
