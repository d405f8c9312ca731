/**
 * The ceiling of the real process's memory: what the manifest asks for is enough whatever piles up. With the shares of
 * `MemoryShares` taken out it is not.
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ServiceProcess } from '../scripts/demo/service-process.js';
import { TOPIC, VIEWER } from '../scripts/demo/world.js';
import type { ForwarderStatus } from '../src/tenants/forwarder.js';
import { LocalEventHubs } from './simulators/azure-event-hubs/local-event-hubs.js';
import { LocalCumulocity } from './simulators/cumulocity/local-cumulocity.js';
import { waitUntil } from './support/wait.js';

const TENANTS = Array.from({ length: 20 }, (_, at) => `t${at + 1}`);
const KIB = 1024;
const MIB = 1024 * KIB;
const EVENT_BYTES = 128 * KIB;
/** More than a tenant's share of the process, and less than what has the service let go of something. */
const BACKLOG_BYTES = 12 * MIB;
const DEVICES = 4;
const VIEWER_ROLES = ['ROLE_EVENT_HUBS_FORWARDER_READ', 'ROLE_USER_MANAGEMENT_OWN_READ'];
/** Linux tells the most memory that a process has had. */
const isMeasurable = existsSync('/proc/self/status');

interface Scene {
  readonly cumulocity: LocalCumulocity;
  readonly hubs: LocalEventHubs;
  readonly service: ServiceProcess;
  readonly port: number;
}

/** What the manifest asks for, as it stands there. */
function manifestLimit(): string {
  const text = readFileSync(new URL('../cumulocity.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly resources: { readonly memory: string } }).resources.memory;
}

function limitMib(): number {
  return Number(/^(\d+)Mi$/.exec(manifestLimit())?.[1]);
}

/** The most memory that the process has had so far, in MiB. */
function peakMib({ service }: Scene): number {
  const status = readFileSync(`/proc/${service.processId}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / KIB;
}

async function startScene(): Promise<Scene> {
  const cumulocity = await LocalCumulocity.start();
  onTestFinished(() => cumulocity.stop());
  const hubs = await LocalEventHubs.start({ hubs: TENANTS.map((name) => ({ name, partitionCount: 4 })) });
  onTestFinished(() => hubs.stop());
  for (const id of TENANTS) {
    const tenant = cumulocity.addTenant(id);
    tenant.addUser(VIEWER.user, VIEWER.password, VIEWER_ROLES);
    const connectionString = hubs.connectionString({ hub: id });
    // What may be let go when a topic fills is not in the memory.
    cumulocity.setOptions(id, { 'credentials.connectionString': connectionString, whenBacklogFills: 'hold' });
    cumulocity.subscribeTenant(id);
  }
  const environment = {
    ...cumulocity.serviceEnvironment(),
    HUB_HOSTS: 'localhost',
    MEMORY_LIMIT: manifestLimit(),
  };
  const service = new ServiceProcess({ ...environment, SERVER_PORT: '0' }, () => undefined);
  onTestFinished(async () => {
    await service.end('SIGKILL');
  });
  const port = await service.start();
  await untilEach('has a consumer', (id) => cumulocity.tenant(id).consumerSockets() === 1);
  return { cumulocity, hubs, service, port };
}

/** The devices of one tenant send as fast as they can, until its topic holds that much. */
async function flood({ cumulocity }: Scene, id: string): Promise<void> {
  const tenant = cumulocity.tenant(id);
  const { user, password } = tenant.admin;
  const headers = {
    authorization: `Basic ${Buffer.from(`${id}/${user}:${password}`).toString('base64')}`,
    'content-type': 'application/json',
  };
  const url = new URL('/event/events', cumulocity.url);
  const text = 'x'.repeat(EVENT_BYTES);
  const send = async (device: string): Promise<void> => {
    while ((tenant.topic(TOPIC)?.backlogBytes ?? 0) < BACKLOG_BYTES) {
      const event = { source: { id: device }, type: 'c8y_Log', text, time: new Date().toISOString() };
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(event) });
      expect(response.status).toBe(201);
      await response.arrayBuffer();
    }
  };
  const devices = Array.from({ length: DEVICES }, (_, at) => tenant.createDevice(`device ${at}`));
  await Promise.all(devices.map(send));
}

type RouteStatus = ForwarderStatus['routes'][number];

/** What the service says of a tenant, as its own users see it. */
async function routeOf({ port }: Scene, id: string): Promise<RouteStatus | undefined> {
  const authorization = `Basic ${Buffer.from(`${id}/${VIEWER.user}:${VIEWER.password}`).toString('base64')}`;
  const response = await fetch(`http://127.0.0.1:${port}/status`, { headers: { authorization } });
  return ((await response.json()) as ForwarderStatus).routes[0];
}

/** Waits until every tenant has come to where the condition holds. */
async function untilEach(what: string, isTrue: (id: string) => boolean | Promise<boolean>): Promise<void> {
  for (const id of TENANTS) await waitUntil(`${id} ${what}`, () => isTrue(id));
}

/** Waits until what is kept was tried in vain once more: a batch that is made for it takes memory, too. */
async function untilTriedAgain(scene: Scene): Promise<void> {
  const attempts = async (id: string): Promise<number> =>
    (await routeOf(scene, id))?.counts.failedAttempts ?? 0;
  const before = new Map<string, number>();
  for (const id of TENANTS) before.set(id, await attempts(id));
  await untilEach('has tried again', async (id) => (await attempts(id)) > (before.get(id) ?? 0));
}

describe('the memory of the process', () => {
  it('stays below what the manifest asks for while all hubs are down at full speed, and when they are back', async (test) => {
    if (!isMeasurable) test.skip('this system has no /proc that tells the memory of another process');
    const scene = await startScene();
    const { cumulocity, hubs } = scene;
    await hubs.faults.pauseListening();
    await Promise.all(TENANTS.map((id) => flood(scene, id)));
    await untilEach(
      'has its socket paused',
      async (id) => (await routeOf(scene, id))?.inFlight.isFull === true,
    );
    await untilTriedAgain(scene);
    expect(peakMib(scene)).toBeLessThan(limitMib());

    // The moment that takes most: everything that is kept is sent at once, and more is read behind it.
    await hubs.faults.resumeListening();
    const unacknowledged = (id: string): number | undefined =>
      cumulocity.tenant(id).topic(TOPIC)?.unacknowledged;
    await untilEach('has everything acknowledged', (id) => unacknowledged(id) === 0);
    expect(peakMib(scene)).toBeLessThan(limitMib());
  }, 90_000);
});
