import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Caller } from '../../src/cumulocity/current-user.js';
import { PlatformError, PlatformUnreachable } from '../../src/errors.js';
import { createApp, READ_ROLE } from '../../src/http/app.js';
import { CallerCheck } from '../../src/http/caller-check.js';
import { Metrics } from '../../src/http/metrics.js';
import { ADMIN_ROLE } from '../../src/http/tenant-actions.js';
import type { ForwarderStatus, ReplayAnswer } from '../../src/tenants/forwarder.js';

const SECRET = 'dDEvdXNlcjpzZWNyZXQ=';
const AUTHORIZED = { headers: { authorization: `Basic ${SECRET}` } };
const servers: Server[] = [];

function statusOf(tenant: string): ForwarderStatus {
  return {
    ...{ tenant, state: 'running', problems: [], warnings: [], optionsFailure: undefined, routes: [] },
    ...{ copies: { count: 1, isLeading: true }, connectorFailure: undefined, gaps: [], closedGaps: [] },
  };
}

interface Setting {
  readonly notReady?: string;
  /** What the platform answers about the caller. */
  readonly caller?: Caller | Error;
  readonly replay?: ReplayAnswer;
}

/** Starts the application for the tenants `t1` and `t2`; returns its address and how often the platform was asked. */
async function start({
  notReady,
  caller = new Error('not asked'),
  replay = { gaps: ['g1'] },
}: Setting): Promise<{ url: string; asked: () => number; bodies: unknown[] }> {
  let asked = 0;
  const bodies: unknown[] = [];
  const callers = new CallerCheck(async () => {
    asked++;
    if (caller instanceof Error) throw caller;
    return caller;
  });
  const app = createApp({
    notReady: () => notReady,
    statusOf: (tenant) => (['t1', 't2'].includes(tenant) ? statusOf(tenant) : undefined),
    callers,
    ownerTenant: 't1',
    metrics: new Metrics(() => [statusOf('t1'), statusOf('t2')]),
    replay: (tenant, body) => {
      bodies.push(body);
      return tenant === 't3' ? undefined : replay;
    },
  });
  const server = app.listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked, bodies };
}

function callerOf(tenant: string, ...roles: readonly string[]): Caller {
  return { tenant, roles: new Set(roles) };
}

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }
});

describe('the probes', () => {
  test('liveness is up and says nothing else, whatever the rest does', async () => {
    const { url } = await start({ notReady: 'platform away' });
    const response = await fetch(`${url}/health`);
    expect([response.status, await response.json()]).toEqual([200, { status: 'UP' }]);
  });

  test('readiness is up when the tenants are known', async () => {
    const response = await fetch(`${(await start({})).url}/ready`);
    expect([response.status, await response.json()]).toEqual([200, { status: 'UP' }]);
  });

  test('readiness is down with the reason as long as they are not', async () => {
    const response = await fetch(`${(await start({ notReady: 'not read yet' })).url}/ready`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: 'DOWN', reason: 'not read yet' });
  });

  test('ask the platform nothing and do not name the framework', async () => {
    const { url, asked } = await start({});
    const responses = await Promise.all(['/health', '/ready'].map((path) => fetch(url + path, AUTHORIZED)));
    expect(asked()).toBe(0);
    for (const response of responses) expect(response.headers.get('x-powered-by')).toBeNull();
  });
});

describe('the status', () => {
  test("of the caller's own tenant is shown to a user with the role", async () => {
    const { url } = await start({ caller: callerOf('t2', READ_ROLE) });
    const response = await fetch(`${url}/status`, AUTHORIZED);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(statusOf('t2'))));
  });

  test('of another tenant cannot be asked for', async () => {
    const { url } = await start({ caller: callerOf('t2', READ_ROLE) });
    const headers = { ...AUTHORIZED.headers, 'x-tenant': 't1', 'x-forwarded-host': 't1.example.com' };
    const response = await fetch(`${url}/status?tenant=t1`, { headers });
    expect(await response.json()).toMatchObject({ tenant: 't2' });
  });

  test.each<[number, string, Setting, RequestInit]>([
    [401, 'without credentials', { caller: callerOf('t1', READ_ROLE) }, {}],
    [401, 'with wrong credentials', { caller: new PlatformError('GET', '/user', 401, SECRET) }, AUTHORIZED],
    [403, 'without the role', { caller: callerOf('t1', 'ROLE_INVENTORY_READ') }, AUTHORIZED],
    [404, 'of a tenant that is not known', { caller: callerOf('t3', READ_ROLE) }, AUTHORIZED],
    [
      503,
      'while the platform is away',
      { caller: new PlatformUnreachable('GET /', new Error(SECRET)) },
      AUTHORIZED,
    ],
  ])('answers %i %s, in JSON and without a secret', async (status, _when, setting, request) => {
    const { url } = await start(setting);
    const response = await fetch(`${url}/status`, request);
    const text = await response.text();
    expect(response.status).toBe(status);
    expect(text).not.toContain(SECRET);
    expect(JSON.parse(text)).toEqual({ error: expect.any(String), message: expect.any(String) });
  });

  test('asked for several times in a row asks the platform once', async () => {
    const { url, asked } = await start({ caller: callerOf('t1', READ_ROLE) });
    for (let time = 0; time < 3; time++) await (await fetch(`${url}/status`, AUTHORIZED)).text();
    expect(asked()).toBe(1);
  });
});

describe('the metrics', () => {
  test('of all tenants are for the owner tenant', async () => {
    const { url } = await start({ caller: callerOf('t1', READ_ROLE) });
    const response = await fetch(`${url}/metrics`, AUTHORIZED);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const text = await response.text();
    expect(text).toContain('event_hubs_forwarder_gaps{tenant="t2"} 0');
    expect(text).toContain('nodejs_eventloop_lag_seconds');
  });

  test.each<[number, string, Setting, RequestInit]>([
    [401, 'without credentials', { caller: callerOf('t1', READ_ROLE) }, {}],
    [403, 'without the role', { caller: callerOf('t1') }, AUTHORIZED],
    [403, 'to users of other tenants', { caller: callerOf('t2', READ_ROLE) }, AUTHORIZED],
  ])('are refused with %i %s', async (status, _who, setting, request) => {
    const { url } = await start(setting);
    const response = await fetch(`${url}/metrics`, request);
    expect(response.status).toBe(status);
    expect(await response.text()).not.toContain('event_hubs_forwarder_gaps');
  });
});

describe('a replay', () => {
  const post = (body: string): RequestInit => ({
    method: 'POST',
    headers: { ...AUTHORIZED.headers, 'content-type': 'application/json' },
    body,
  });
  const caller = callerOf('t1', ADMIN_ROLE);

  test('is asked for by an administrator of the tenant', async () => {
    const { url, bodies } = await start({ caller });
    const response = await fetch(`${url}/tenants/t1/replay`, post('{"from":"x"}'));
    expect([response.status, await response.json()]).toEqual([202, { gaps: ['g1'] }]);
    expect(bodies).toEqual([{ from: 'x' }]);
  });

  test.each<[number, string, Setting, string, string]>([
    [401, 'with wrong credentials', { caller: new PlatformError('GET', '/user', 401, SECRET) }, 't1', '{}'],
    [403, 'without the role', { caller: callerOf('t1', READ_ROLE) }, 't1', '{}'],
    [403, 'in another tenant', { caller }, 't2', '{}'],
    [404, 'in a tenant that is not known', { caller: callerOf('t3', ADMIN_ROLE) }, 't3', '{}'],
    [400, 'with something that is not JSON', { caller }, 't1', '{"from'],
    [413, 'with a huge body', { caller }, 't1', `"${'x'.repeat(70_000)}"`],
    [
      400,
      'with a mistake',
      { caller, replay: { problems: [{ key: 'to', given: 'x', accepted: 'y' }] } },
      't1',
      '{}',
    ],
    [409, 'where there is nothing to replay to', { caller, replay: { notPossible: 'disabled' } }, 't1', '{}'],
  ])('is refused with %i %s', async (status, _how, setting, tenant, body) => {
    const { url } = await start(setting);
    const response = await fetch(`${url}/tenants/${tenant}/replay`, post(body));
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: expect.any(String), message: expect.any(String) });
  });

  test('reads nothing of a body from somebody who may not ask', async () => {
    const { url, bodies } = await start({ caller: callerOf('t2', ADMIN_ROLE) });
    const response = await fetch(`${url}/tenants/t1/replay`, post('{"from'));
    expect(response.status).toBe(403);
    expect(bodies).toEqual([]);
  });
});

test('what does not exist is not found, and credentials do not come back', async () => {
  const { url } = await start({});
  const response = await fetch(`${url}/nothing`, AUTHORIZED);
  expect(response.status).toBe(404);
  expect(await response.text()).not.toContain(SECRET);
});
