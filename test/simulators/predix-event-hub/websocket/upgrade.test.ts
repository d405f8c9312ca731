import { beforeAll, describe, expect, test } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { selfSignedCertificate } from '../../azure-event-hubs/self-signed-certificate.js';
import type { LocalUaa } from '../uaa/local-uaa.js';
import { openPublisher, refusedUpgrade } from './test-publisher.js';
import {
  documentedOptions,
  type HeaderChange,
  scopes,
  startPublishing,
  startUaa,
  tokenOf,
  zone,
} from './test-publishing.js';

let uaa: LocalUaa;
beforeAll(async () => {
  uaa = await startUaa();
  return () => uaa.stop();
});

function options(change?: HeaderChange, scope?: string): Promise<ClientOptions> {
  return documentedOptions(uaa, change, scope);
}

const message = [{ id: '1', body: 'x' }];

describe('an upgrade', () => {
  test('with the three documented headers is accepted [seed 72-75] [seed 99]', async () => {
    const { server, bodies } = await startPublishing(uaa, { requireOrigin: true });
    const publisher = await openPublisher(server.url, await options());
    await publisher.publish(message);
    expect(bodies()).toEqual(['"x"']);
  });

  test('is accepted over TLS [seed 99]', async () => {
    const tls = selfSignedCertificate();
    const { server, bodies } = await startPublishing(uaa, { tls });
    expect(server.url).toMatch(/^wss:\/\/localhost:\d+\/v1\/stream\/messages\/$/);
    const publisher = await openPublisher(server.url, { ...(await options()), ca: tls.cert });
    await publisher.publish(message);
    expect(bodies()).toEqual(['"x"']);
  });

  test.each(['/v1/stream/messages', '/v1/stream/messages/', '/v1/stream/messages?a=b'])(
    'is accepted at %s',
    async (path) => {
      const { server } = await startPublishing(uaa);
      const publisher = await openPublisher(new URL(path, server.url).href, await options());
      expect(await publisher.publish(message)).toHaveLength(1);
    },
  );

  test.each(['/', '/v1/stream/messages/x', '/v1/stream', '/x/v1/stream/messages'])(
    'is refused at %s with 404',
    async (path) => {
      const { server } = await startPublishing(uaa);
      const { status } = await refusedUpgrade(new URL(path, server.url).href, await options());
      expect(status).toBe(404);
    },
  );

  test('needs no Origin unless the server is set so', async () => {
    const headers = (await options()).headers ?? {};
    const lenient = await startPublishing(uaa);
    await openPublisher(lenient.server.url, { headers });
    const strict = await startPublishing(uaa, { requireOrigin: true });
    expect(await refusedUpgrade(strict.server.url, { headers })).toEqual({
      status: 403,
      body: { error: 'forbidden', error_description: 'Missing Origin header' },
    });
  });

  test.each(['', 'bearer ', 'BEARER '])('is accepted with %j before the token [seed 19]', async (scheme) => {
    const { server } = await startPublishing(uaa);
    const publisher = await openPublisher(
      server.url,
      await options({ Authorization: scheme + (await tokenOf(uaa)) }),
    );
    expect(publisher.socket.readyState).toBe(WebSocket.OPEN);
  });

  test('with a token of 60,000 characters gets an answer about the token, not about its size', async () => {
    const { server } = await startPublishing(uaa);
    const { status } = await refusedUpgrade(server.url, await options({ Authorization: 'x'.repeat(60_000) }));
    expect(status).toBe(401);
  });

  test.each<[string, string | undefined]>([
    ['without a token', undefined],
    ['with something that is no token', 'Bearer secret-but-wrong'],
  ])('%s is refused with 401 and no part of it [seed 21]', async (_what, Authorization) => {
    const { server, bodies } = await startPublishing(uaa);
    const { status, body } = await refusedUpgrade(server.url, await options({ Authorization }));
    expect({ status, body }).toEqual({
      status: 401,
      body: { error: 'unauthorized', error_description: expect.any(String) },
    });
    expect(JSON.stringify(body)).not.toContain('secret-but-wrong');
    expect(bodies()).toEqual([]);
  });

  test.each<[string, Readonly<Record<string, string | undefined>>, string]>([
    ['without the scope of the protocol', {}, scopes('user', 'grpc.publish')],
    ['without the scope user', {}, scopes('wss.publish')],
    ['without a zone', { 'Predix-Zone-Id': undefined }, scopes('user', 'wss.publish')],
    ['for a zone that does not exist', { 'Predix-Zone-Id': 'none' }, scopes('user', 'wss.publish')],
    ['without the scope of its topic', { topic: 'named.one' }, scopes('user', 'wss.publish')],
  ])('%s is refused with 403 [seed 21]', async (_what, change, scope) => {
    const { server } = await startPublishing(uaa);
    const { status, body } = await refusedUpgrade(server.url, await options(change, scope));
    expect(status).toBe(403);
    expect(body).toEqual({ error: 'forbidden', error_description: expect.any(String) });
  });

  test('for a topic that does not exist is refused with 403', async () => {
    const { server, zones } = await startPublishing(uaa);
    zones.deleteTopic(zone, 'named.one');
    const scope = scopes('user', 'named.one.wss.publish');
    const { status, body } = await refusedUpgrade(server.url, await options({ topic: 'named.one' }, scope));
    expect(status).toBe(403);
    expect(body).toMatchObject({ error_description: 'Topic named.one does not exist' });
  });

  test('may name its zone twice, as the Java SDK does', async () => {
    const { server } = await startPublishing(uaa);
    const publisher = await openPublisher(
      server.url,
      await options({ 'Predix-Zone-Id': `${zone}, ${zone}` }),
    );
    expect(await publisher.publish(message)).toHaveLength(1);
  });

  test('names the topic that messages go to [seed 426]', async () => {
    const { server, bodies } = await startPublishing(uaa);
    const scope = scopes('user', 'named.one.wss.publish');
    const publisher = await openPublisher(server.url, await options({ topic: 'named.one' }, scope));
    expect(await publisher.publish(message)).toMatchObject([{ topic: 'named.one' }]);
    expect([bodies('named.one'), bodies('topic')]).toEqual([['"x"'], []]);
  });

  test.each(['topic', `${zone}_topic`])('may name the default topic %s', async (topic) => {
    const { server, bodies } = await startPublishing(uaa);
    const scope = scopes('user', 'wss.publish', 'topic.wss.publish');
    const publisher = await openPublisher(server.url, await options({ topic }, scope));
    await publisher.publish(message);
    expect(bodies('topic')).toEqual(['"x"']);
  });

  test('that fails for a reason of the server is answered with 500', async () => {
    const access = { admit: () => Promise.reject(new Error('a secret of the server')) };
    const { server } = await startPublishing(uaa, { access });
    expect(await refusedUpgrade(server.url, await options())).toEqual({
      status: 500,
      body: { error: 'internal_server_error', error_description: 'Internal error' },
    });
  });
});
