import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readSettings, readSubscribedTenants } from '../../src/cumulocity/application.js';
import { readCaller } from '../../src/cumulocity/current-user.js';
import { PlatformClient } from '../../src/cumulocity/platform-client.js';
import { consumerUrl, createToken, unsubscribe } from '../../src/cumulocity/tokens.js';
import { PlatformError, PlatformUnreachable } from '../../src/errors.js';
import { startPlatform } from './platform.js';

const SUBSCRIBER = { subscription: 'forwarder', subscriber: 'forwarder' };

describe('PlatformClient', () => {
  it('fails with status, path and the platform’s reason on an error answer', async () => {
    const { cumulocity } = await startPlatform();
    const stranger = new PlatformClient(cumulocity.url, {
      tenant: 't1',
      user: 'nobody',
      password: 'wrong-one',
    });
    const error = await readSettings(stranger).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(PlatformError);
    expect(error).toMatchObject({ status: 401 });
    expect(String(error)).toContain(
      'GET /application/currentApplication/settings answered 401: Invalid credentials',
    );
    expect(String(error)).not.toContain('wrong-one');
  });

  it('never names a token that was in a query', async () => {
    const { cumulocity, service } = await startPlatform();
    const refused = await unsubscribe(service, 'secret-token').catch((thrown: unknown) => thrown);
    await cumulocity.faults.pauseListening();
    const unreachable = await unsubscribe(service, 'secret-token').catch((thrown: unknown) => thrown);

    expect(refused).toBeInstanceOf(PlatformError);
    expect(unreachable).toBeInstanceOf(PlatformUnreachable);
    expect(`${String(refused)} ${String(unreachable)} ${String((unreachable as Error).cause)}`).not.toContain(
      'secret-token',
    );
  });

  it('says which field of an answer has another form, without its value', async () => {
    const { service } = await startPlatform();
    const asking = service.json(
      { method: 'GET', path: '/tenant/currentTenant' },
      z.object({ name: z.number() }),
    );

    const error = await asking.catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('name invalid_type');
    expect(String(error)).not.toContain('t1');
  });

  it('gives a request up when aborted', async () => {
    const { cumulocity, service } = await startPlatform();
    cumulocity.faults.pauseRest(true);
    const abort = new AbortController();
    const asking = readSettings(service, abort.signal);
    abort.abort();

    await expect(asking).rejects.toBeInstanceOf(PlatformUnreachable);
    cumulocity.faults.pauseRest(false);
  });
});

describe('the application’s own calls', () => {
  it('read the service users of the subscribed tenants', async () => {
    const { bootstrap } = await startPlatform();

    expect(await readSubscribedTenants(bootstrap)).toEqual([
      { tenant: 't1', user: 'service_event-hubs-forwarder', password: expect.any(String) as string },
    ]);
  });

  it('read the tenant’s options with its secrets decrypted', async () => {
    const { cumulocity, service } = await startPlatform();
    cumulocity.setOptions('t1', { 'credentials.connectionString': 'secret', format: 'raw' });

    expect(await readSettings(service)).toEqual({ 'credentials.connectionString': 'secret', format: 'raw' });
  });

  it('tell who a caller is from the credentials that the gateway passes on', async () => {
    const { cumulocity } = await startPlatform();
    cumulocity.tenant('t1').addUser('jane', 'her password', ['ROLE_USER_MANAGEMENT_OWN_READ', 'ROLE_X']);
    const authorization = `Basic ${Buffer.from('t1/jane:her password').toString('base64')}`;

    const caller = await readCaller(cumulocity.url, { authorization });
    expect(caller.tenant).toBe('t1');
    expect(caller.roles).toContain('ROLE_X');
    await expect(readCaller(cumulocity.url, { authorization: 'Basic bm9ib2R5' })).rejects.toMatchObject({
      status: 401,
    });
  });
});

describe('tokens', () => {
  it('are made for a subscriber and fit into the consumer’s address', async () => {
    const { service } = await startPlatform();
    const token = await createToken(service, SUBSCRIBER);
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as object;

    expect(claims).toMatchObject({ sub: 'forwarder', topic: 't1/relnotif/forwarder', shared: 'true' });
    expect(consumerUrl('https://example.com', 'a+b', 'copy-1')).toBe(
      'wss://example.com/notification2/consumer/?token=a%2Bb&consumer=copy-1',
    );
    expect(consumerUrl('http://cumulocity:8111', 'x', 'copy-1')).toBe(
      'ws://cumulocity:8111/notification2/consumer/?token=x&consumer=copy-1',
    );
  });
});
