import { describe, expect, it } from 'vitest';
import { waitUntil } from '../support/wait.js';
import { FLAWLESS, Harness, TOPIC } from './harness.js';

describe('forwarding', () => {
  it('brings all five apis of a tenant into its event hub, in order and once', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    const source = { id: harness.device('t1') };
    const time = new Date().toISOString();
    await harness.send('t1', 500);
    await harness.post('t1', '/event/events', { source, type: 'c8y_Door', text: 'opened', time });
    await harness.post('t1', '/alarm/alarms', {
      source,
      type: 'c8y_T',
      text: 'hot',
      severity: 'MAJOR',
      time,
    });
    await harness.post('t1', '/devicecontrol/operations', {
      deviceId: source.id,
      c8y_Command: { text: 'x' },
    });
    await harness.post('t1', '/inventory/managedObjects', { name: 'new', c8y_IsDevice: {} });

    expect(await harness.untilDelivered()).toMatchObject({ sent: 504, ...FLAWLESS });
    const hub = harness.eventHubs.hub('t1');
    const events = hub.partitionIds.flatMap((id) => hub.partition(id).events());
    const apis = new Set(events.map(({ properties }) => properties['api']));
    expect(apis).toEqual(new Set(['measurements', 'events', 'alarms', 'operations', 'managedobjects']));
  });

  it('gives each event its id, content type and properties, and the body as the bytes that came', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    const bodies: string[] = [];
    harness.cumulocity.onPublished(({ body }) => bodies.push(body));
    await harness.send('t1', 1);
    await harness.untilDelivered();
    const hub = harness.eventHubs.hub('t1');
    const [event] = hub.partitionIds.flatMap((id) => hub.partition(id).events());

    expect(event?.contentType).toBe('application/json');
    expect(event?.messageId).toMatch(/^[\w-]{22}$/);
    expect(event?.properties).toEqual({
      tenant: 't1',
      api: 'measurements',
      source: harness.device('t1'),
      action: 'CREATE',
      subscription: TOPIC,
    });
    const text = event?.body.toString() ?? '';
    expect(text.endsWith(bodies[0]?.slice(1) ?? 'no body')).toBe(true);
    expect(JSON.parse(text)).toMatchObject({
      channel: `/t1/measurements/${harness.device('t1')}`,
      action: 'CREATE',
    });
  });

  it('forwards and acknowledges what it does not know: other apis, actions, headers and bodies', async () => {
    const harness = await Harness.start();
    await harness.startWithTenant('t1');
    const { faults } = harness.cumulocity;
    faults.extraHeaderLines(['later: version', 'of: protocol']);
    faults.publishRaw('t1', TOPIC, '/t1/novelties/7', 'MERGE', '{"a":1}');
    faults.publishRaw('t1', TOPIC, '/t1/novelties/7', 'CREATE', Buffer.from([0xff, 0x00, 0xfe]));
    faults.publishRaw('t1', TOPIC, 'nonsense', '-', 'not json');
    // The protocol carries bytes as Base64 text; that text is the body.
    const binaryAsText = Buffer.from([0xff, 0x00, 0xfe]).toString('base64');
    const hub = harness.eventHubs.hub('t1');
    await waitUntil('three events are in the hub', () => hub.eventCount === 3);

    const events = hub.partitionIds.flatMap((id) => hub.partition(id).events());
    const bodies = events.map(({ body }) => JSON.parse(body.toString()) as Record<string, unknown>);
    expect(bodies).toContainEqual(expect.objectContaining({ action: 'MERGE', a: 1 }));
    expect(bodies).toContainEqual(
      expect.objectContaining({ body: Buffer.from(binaryAsText).toString('base64') }),
    );
    expect(bodies).toContainEqual(
      expect.objectContaining({ body: Buffer.from('not json').toString('base64') }),
    );
    const topic = (): number | undefined => harness.cumulocity.tenant('t1').topic(TOPIC)?.unacknowledged;
    await waitUntil('all are acknowledged', () => topic() === 0);
  });

  it('keeps tenants apart: each one’s notifications are in its own hub only', async () => {
    const harness = await Harness.start();
    for (const id of ['t1', 't2', 't3']) {
      harness.addTenant(id);
      harness.cumulocity.subscribeTenant(id);
    }
    await harness.startService();
    for (const id of ['t1', 't2', 't3']) await harness.untilForwarding(id);
    await Promise.all(['t1', 't2', 't3'].map((id) => harness.send(id, 200)));

    // An event in a foreign hub would count as unknown.
    expect(await harness.untilDelivered()).toMatchObject({ sent: 600, ...FLAWLESS });
  });

  it('forwards the other apis where the platform refuses measurements, and says what is missing', async () => {
    const harness = await Harness.start({ tenantMeasurements: false });
    await harness.startWithTenant('t1');
    const source = { id: harness.device('t1') };
    const time = new Date().toISOString();
    await harness.post('t1', '/event/events', { source, type: 'c8y_Door', text: 'opened', time });

    expect(await harness.untilDelivered()).toMatchObject({ sent: 1, ...FLAWLESS });
    expect(harness.route('t1').apis).toEqual(['alarms', 'events', 'managedobjects', 'operations']);
    expect(harness.route('t1').missing).toEqual([
      { api: 'measurements', reason: expect.stringContaining('refuses') as string },
    ]);
    expect(harness.status('t1')?.state).toBe('running');
  });

  it('sends to several hubs of one tenant, each route with its own options', async () => {
    const harness = await Harness.start();
    harness.eventHubs.addHub({ name: 'alarms-only', partitionCount: 2 });
    const routes = [
      { name: 'all' },
      { name: 'alarms', hubName: 'alarms-only', apis: 'alarms', format: 'raw' },
    ];
    harness.addTenant('t1', {
      'credentials.connectionString': harness.eventHubs.connectionString(),
      hubName: 't1',
      routes: JSON.stringify(routes),
    });
    harness.cumulocity.subscribeTenant('t1');
    await harness.startService();
    await waitUntil('both routes are open', () => {
      const states = harness.status('t1')?.routes.map(({ consumer }) => consumer.state) ?? [];
      return states.length === 2 && states.every((state) => state === 'open');
    });
    const source = { id: harness.device('t1') };
    const time = new Date().toISOString();
    await harness.post('t1', '/event/events', { source, type: 'c8y_Door', text: 'opened', time });
    await harness.post('t1', '/alarm/alarms', {
      source,
      type: 'c8y_T',
      text: 'hot',
      severity: 'MAJOR',
      time,
    });

    const [all, alarms] = [harness.eventHubs.hub('t1'), harness.eventHubs.hub('alarms-only')];
    await waitUntil('both hubs have their events', () => all.eventCount === 2 && alarms.eventCount === 1);
    const [alarm] = alarms.partitionIds.flatMap((id) => alarms.partition(id).events());
    expect(JSON.parse(alarm?.body.toString() ?? '')).toMatchObject({ severity: 'MAJOR', text: 'hot' });
  });
});
