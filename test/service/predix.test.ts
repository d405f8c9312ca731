import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { PredixProtocol } from '../../src/destinations/predix-event-hub/hub-address.js';
import { AckStatus } from '../simulators/predix-event-hub/protocol.js';
import { CLIENT, ZONE } from '../support/predix.js';
import { waitUntil } from '../support/wait.js';
import { FLAWLESS, PROMISE } from './harness.js';
import { PredixTenant, TENANT } from './predix-tenant.js';

function dataDir(): string {
  const folder = mkdtempSync(join(tmpdir(), 'predix-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Alarms of the connector object that are active. */
async function alarmTypes({ harness }: PredixTenant): Promise<readonly string[]> {
  const response = await harness.get(TENANT, '/alarm/alarms?status=ACTIVE');
  const { alarms } = (await response.json()) as { alarms: readonly { type: string }[] };
  return alarms.map(({ type }) => type);
}

describe.each<PredixProtocol>(['grpc', 'websocket'])(
  'a tenant with a Predix Event Hub over %s',
  (protocol) => {
    it('has every notification in it, once, in order, and acknowledged', async () => {
      const tenant = await PredixTenant.start(protocol);
      await tenant.harness.send(TENANT, 400);
      expect(await tenant.harness.untilDelivered()).toMatchObject(FLAWLESS);
      expect(tenant.destination).toMatchObject({ protocol, failure: undefined });
      const [message] = tenant.service.topic(ZONE).messages();
      const source = tenant.harness.devices(TENANT);
      expect(message?.tags).toMatchObject({ tenant: TENANT, api: expect.any(String), action: 'CREATE' });
      expect(message?.tags['messageId']).toBe(message?.id);
      expect(source).toContain(message?.tags['source']);
      if (protocol === 'grpc') expect(message?.key.toString()).toBe(message?.tags['source']);
    });

    it('loses nothing that the hub has accepted when it is restarted in mid-stream; repeats have the same id', async () => {
      const tenant = await PredixTenant.start(protocol, { dataDir: dataDir() });
      const sending = tenant.harness.send(TENANT, 600);
      await waitUntil('some are in the hub', () => tenant.harness.received > 20);
      tenant.service.faults.loseAnswers(1);
      await waitUntil('an answer was lost', () => tenant.service.openStreams('publish') === 0);
      await tenant.restartHub();
      await sending;
      expect(await tenant.harness.untilDelivered()).toMatchObject(PROMISE);
      // What it had before the restart, it has.
      expect(tenant.service.topic(ZONE).messages().length).toBeGreaterThanOrEqual(tenant.harness.sent);
    });

    it('loses nothing when its token ends in mid-stream, although the hub cuts the stream then', async () => {
      const tenant = await PredixTenant.start(protocol, { cutAtExpiry: true }, { lifetimeSeconds: 2 });
      for (let round = 0; tenant.uaa.issued < 4; round++) {
        await tenant.harness.send(TENANT, 20);
        const sent = round;
        await waitUntil(
          'they are in the hub',
          () => tenant.harness.received === tenant.harness.sent || sent < 0,
        );
      }
      expect(await tenant.harness.untilDelivered()).toMatchObject(PROMISE);
    });

    it('waits when its topic is deleted, says so, and goes on with all that was not accepted when it is there again', async () => {
      const zones = { [ZONE]: ['alarms'] };
      const tenant = await PredixTenant.start(protocol, { zones }, { change: { 'predix.topic': 'alarms' } });
      await tenant.harness.send(TENANT, 50);
      await tenant.harness.untilDelivered();
      tenant.service.deleteTopic(ZONE, 'alarms');
      await tenant.harness.send(TENANT, 50);
      await waitUntil('the status says so', () => tenant.destination.failure !== undefined);
      tenant.service.createTopic(ZONE, 'alarms');
      tenant.watch('alarms');
      expect(await tenant.harness.untilDelivered()).toMatchObject(PROMISE);
      await waitUntil('the status is well again', () => tenant.destination.failure === undefined);
    });

    it('[seed 218-226] gets what the hub takes and no more while it limits the tenant; the status names the throttle', async () => {
      const tenant = await PredixTenant.start(protocol, {
        rateLimit: { mode: 'on', bytes: 60_000, windowMs: 300 },
      });
      const throttled: number[] = [];
      const watching = setInterval(() => {
        const { throttle } = tenant.destination;
        if (throttle !== undefined) throttled.push(throttle.bytesPerSecond);
      }, 5);
      onTestFinished(() => clearInterval(watching));
      await tenant.harness.send(TENANT, 600);
      expect(await tenant.harness.untilDelivered()).toMatchObject(FLAWLESS);
      expect(throttled.length).toBeGreaterThan(0);
      expect(tenant.service.openStreams('publish')).toBe(1);
    });

    it('has the events of each device in order, although the hub refuses some now and then and takes those behind', async () => {
      const tenant = await PredixTenant.start(protocol);
      let count = 0;
      const failed = { status: AckStatus.failed, desc: 'no' };
      tenant.service.faults.answerWith(failed, 40, () => ++count % 5 === 0);
      await tenant.harness.send(TENANT, 300);
      expect(await tenant.harness.untilDelivered()).toMatchObject(FLAWLESS);
      expect(count).toBe(200);
    });

    it('gets pointer events in the place of what it refuses for good, and all the others', async () => {
      const tenant = await PredixTenant.start(protocol);
      const device = tenant.harness.device(TENANT, 3);
      tenant.service.faults.answerWith(
        { status: AckStatus.badRequest, desc: 'no' },
        1,
        ({ tags }) => tags['source'] === device,
      );
      await tenant.harness.send(TENANT, 40);
      await waitUntil('all are in the hub', () => tenant.harness.route(TENANT).counts.sent >= 40);
      expect(tenant.harness.route(TENANT).counts.rejected).toEqual({ 'bad-request': 1 });
      const pointers = tenant.service
        .topic(ZONE)
        .messages()
        .filter(({ tags }) => tags['rejected'] !== undefined);
      expect(pointers).toHaveLength(1);
      expect(pointers[0]?.tags['source']).toBe(device);
    });

    it('gets a pointer event in the place of one that is too large, and those before and behind it', async () => {
      const tenant = await PredixTenant.start(protocol);
      const source = { id: tenant.harness.device(TENANT) };
      const event = (text: string): object => ({
        source,
        type: 'c8y_Large',
        text,
        time: new Date().toISOString(),
      });
      for (const text of ['before', 'x'.repeat(950_000), 'behind']) {
        await tenant.harness.post(TENANT, '/event/events', event(text));
      }
      await tenant.harness.untilAcknowledged(TENANT);
      const bodies = tenant.service
        .topic(ZONE)
        .messages()
        // The alarm about it is an event, too.
        .filter(({ tags }) => tags['source'] === source.id)
        .map(({ body }) => JSON.parse(body.toString()));
      expect(bodies.map(({ text, rejected }) => text ?? rejected.reason).sort()).toEqual([
        'before',
        'behind',
        'message-size-exceeded',
      ]);
    });

    it.each([
      ['the secret', 'credentials.predix.clientSecret', 'another'],
      ['an option that has nothing to do with it', 'trimFragments', 'c8y_Log'],
    ])(
      'raises an alarm when the hub refuses for good, and goes on as soon as %s is changed',
      async (_, key, value) => {
        const zones = { [ZONE]: ['alarms'] };
        const change = { 'predix.topic': 'alarms' };
        const tenant = await PredixTenant.start(protocol, { zones }, { change });
        tenant.service.deleteTopic(ZONE, 'alarms');
        await tenant.harness.send(TENANT, 10);
        await waitUntil('the alarm is there', async () =>
          (await alarmTypes(tenant)).includes('eventhubs_HubRefuses'),
        );
        expect(tenant.destination.refusal).toBeDefined();
        tenant.service.createTopic(ZONE, 'alarms');
        // It rests for an hour now, unless somebody does something.
        tenant.uaa.addSecret(CLIENT.id, 'another');
        const options = { ...tenant.options, ...change, [key]: value };
        tenant.harness.cumulocity.setOptions(TENANT, options);
        const topic = tenant.service.topic(ZONE, 'alarms');
        await waitUntil('all is in the hub', () => topic.messageCount >= 10);
        await waitUntil(
          'the alarm is gone',
          async () => !(await alarmTypes(tenant)).includes('eventhubs_HubRefuses'),
        );
      },
    );

    it('asks three times with a new secret that is refused, and not with each reading of the options', async () => {
      const tenant = await PredixTenant.start(protocol);
      let asked = 0;
      const server = createServer((_, response) => {
        asked++;
        response.writeHead(401).end('{"error":"unauthorized"}');
      });
      server.listen(0, 'localhost');
      await once(server, 'listening');
      onTestFinished(() => void server.close());
      const { port } = server.address() as AddressInfo;
      const authUrl = `http://localhost:${port}/oauth/token`;
      tenant.harness.cumulocity.setOptions(TENANT, { ...tenant.options, 'predix.authUrl': authUrl });
      await waitUntil('it rests', () => /refused 3 times in a row/.test(tenant.problems.join()));
      await tenant.harness.send(TENANT, 20);
      expect(await tenant.harness.untilDelivered()).toMatchObject(FLAWLESS);
      expect(asked).toBe(3);
      tenant.harness.cumulocity.setOptions(TENANT, tenant.options);
      await waitUntil('the problem is gone', () => tenant.problems.length === 0);
    });

    it('shows neither secret nor token in its log', async () => {
      const tenant = await PredixTenant.start(protocol);
      await tenant.harness.send(TENANT, 10);
      await tenant.harness.untilDelivered();
      tenant.service.faults.cutStreams();
      await tenant.harness.send(TENANT, 10);
      await tenant.harness.untilDelivered();
      await tenant.harness.stopService();
      const text = JSON.stringify(tenant.harness.log.lines);
      expect(text).not.toContain(CLIENT.secret);
      expect(text).not.toMatch(/eyJ[\w-]+\./);
    });
  },
);
