import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { scopesFor } from '../../../src/destinations/predix-event-hub/scopes.js';
import { type TokenRequest, Uaa } from '../../../src/destinations/predix-event-hub/uaa.js';
import { selfSignedCertificate } from '../../simulators/azure-event-hubs/self-signed-certificate.js';
import { LocalUaa, type LocalUaaOptions } from '../../simulators/predix-event-hub/uaa/local-uaa.js';
import { startBlackHole } from '../../support/black-hole.js';
import { AUTHORITIES, CLIENT, ZONE } from '../../support/predix.js';
import { waitUntil } from '../../support/wait.js';

const PLAIN = { predixTls: 'none', proxyUrl: undefined } as const;
const MINUTE_MS = 60_000;

async function startUaa(
  authorities: readonly string[] = AUTHORITIES,
  options: Partial<LocalUaaOptions> = {},
): Promise<LocalUaa> {
  const clients = { [CLIENT.id]: { secret: CLIENT.secret, authorities } };
  const uaa = await LocalUaa.start({ clients, ...options });
  onTestFinished(() => uaa.stop());
  return uaa;
}

function requestTo(authUrl: string, change: Partial<TokenRequest> = {}): TokenRequest {
  const scopes = scopesFor({ zoneId: ZONE, topics: ['topic'], operation: 'grpc.publish' });
  return { authUrl, clientId: CLIENT.id, clientSecret: CLIENT.secret, scopes, ...change };
}

/** A server that answers every request alike. */
async function serverAnswering(status: number, body: string): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status).end(body));
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/oauth/token`;
}

function scopesIn(token: string): readonly string[] {
  const [, claims = ''] = token.split('.');
  return JSON.parse(Buffer.from(claims, 'base64url').toString()).scope;
}

describe('a token', () => {
  it('has the scopes that were asked for and no others', async () => {
    const uaa = await startUaa();
    const token = await new Uaa(requestTo(uaa.issuer), PLAIN, MINUTE_MS).token();
    expect(scopesIn(token)).toEqual([
      `predix-event-hub.zones.${ZONE}.user`,
      `predix-event-hub.zones.${ZONE}.grpc.publish`,
    ]);
  });

  it('is asked for once, however many want it at the same time, and kept', async () => {
    const uaa = await startUaa();
    const source = new Uaa(requestTo(uaa.issuer), PLAIN, MINUTE_MS);
    const tokens = await Promise.all(Array.from({ length: 5 }, () => source.token()));
    expect(new Set(tokens).size).toBe(1);
    expect(await source.token()).toBe(tokens[0]);
    expect(uaa.issued).toBe(1);
  });

  it('is not due when it is new, also when it lives for less than what it is renewed before its end', async () => {
    const uaa = await startUaa(AUTHORITIES, { lifetimeSeconds: 30 });
    const source = new Uaa(requestTo(uaa.issuer), PLAIN, MINUTE_MS);
    await source.token();
    expect(source.isDue).toBe(false);
  });

  it('is asked for again when the service did not like it', async () => {
    const uaa = await startUaa();
    const source = new Uaa(requestTo(uaa.issuer), PLAIN, MINUTE_MS);
    await source.token();
    source.forget();
    await source.token();
    expect(uaa.issued).toBe(2);
  });

  it('[seed 463-469] is asked for with the scope of all topics, where that of one is refused', async () => {
    const base = `predix-event-hub.zones.${ZONE}`;
    // What is granted by a wildcard can be asked for by name, unless the name has dots (UAA).
    const uaa = await startUaa([`${base}.user`, `${base}.*.grpc.publish`]);
    const scopes = scopesFor({ zoneId: ZONE, topics: ['a.b'], operation: 'grpc.publish' });
    const token = await new Uaa(requestTo(uaa.issuer, { scopes }), PLAIN, MINUTE_MS).token();
    expect(scopesIn(token)).toEqual([`${base}.user`, `${base}.*.grpc.publish`]);
  });

  it('comes over TLS from an issuer that the certificate authority of the setting vouches for', async () => {
    const tls = selfSignedCertificate();
    const uaa = await startUaa(AUTHORITIES, { tls });
    const trusting = new Uaa(
      requestTo(uaa.issuer),
      { predixTls: { ca: tls.cert }, proxyUrl: undefined },
      MINUTE_MS,
    );
    expect(await trusting.token()).toMatch(/^ey/);
    const other = new Uaa(requestTo(uaa.issuer), { predixTls: undefined, proxyUrl: undefined }, MINUTE_MS);
    await expect(other.token()).rejects.toMatchObject({ kind: 'lost', condition: 'UNAVAILABLE' });
  });
});

describe('no token', () => {
  it.each([
    ['another secret', { clientSecret: 'wr0ng-s3cret' }, /answered 401 and gave no token \(unauthorized\)/],
    [
      'a scope that the client may not have',
      { scopes: [['predix-event-hub.zones.other.user']] },
      /answered 400 .*\(invalid_scope\)/,
    ],
  ])('comes for %s: refused, and the secret is in no message', async (_, change, message) => {
    const uaa = await startUaa();
    const failure = await new Uaa(requestTo(uaa.issuer, change), PLAIN, MINUTE_MS)
      .token()
      .catch((error: Error) => error);
    expect(failure).toMatchObject({
      kind: 'refused',
      condition: 'no-token',
      message: expect.stringMatching(message),
    });
    expect(String(failure)).not.toContain('s3cret');
  });

  it.each([
    ['an answer that is not JSON', 200, '<html>', /answered 200 with something that is not JSON/],
    ['an answer without a token', 200, '{"expires_in":10}', /answered 200 and gave no token/],
    ['an answer without a life', 200, '{"access_token":"x"}', /gave no token/],
    ['a UAA that is out of order', 503, '{}', /answered 503/],
    ['JSON that is no object', 200, 'null', /not JSON/],
    ['a token that lives for no time', 200, '{"access_token":"x","expires_in":0}', /gave no token/],
  ])('comes of %s: it is tried again later', async (_, status, body, message) => {
    const uaa = new Uaa(requestTo(await serverAnswering(status, body)), PLAIN, MINUTE_MS);
    await expect(uaa.token()).rejects.toMatchObject({
      kind: 'lost',
      message: expect.stringMatching(message),
    });
  });

  it('is taken that no header can hold, and nothing of it is shown', async () => {
    const body = JSON.stringify({ access_token: 'the\ntoken', expires_in: 10 });
    const uaa = new Uaa(requestTo(await serverAnswering(200, body)), PLAIN, MINUTE_MS);
    await expect(uaa.token()).rejects.toThrow(/^the UAA at [\d.:]+ gave a token that no header can hold$/);
  });

  it.each(['the UAA', 'a proxy'])('is waited for longer than 20 s where %s says nothing', async (silent) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const hole = await startBlackHole();
    const settings = { predixTls: 'none', proxyUrl: silent === 'the UAA' ? undefined : hole.url } as const;
    const token = new Uaa(requestTo(`${hole.url}/oauth/token`), settings, MINUTE_MS).token();
    const failed = expect(token).rejects.toThrow(/cannot be reached: no answer within 20000 ms/);
    await waitUntil('it is asked', () => hole.connections > 0);
    vi.advanceTimersByTime(20_000);
    await failed;
    await waitUntil('nothing is left of it', () => hole.connections === 0);
  });

  it('is taken that is longer than the service allows', async () => {
    const body = JSON.stringify({ access_token: 'x'.repeat(60_001), expires_in: 10 });
    const uaa = new Uaa(requestTo(await serverAnswering(200, body)), PLAIN, MINUTE_MS);
    await expect(uaa.token()).rejects.toThrow(/more than 60000 characters/);
  });

  it('comes of a UAA that is away, and the place is named', async () => {
    const uaa = await startUaa();
    const { issuer } = uaa;
    await uaa.stop();
    const failure = new Uaa(requestTo(issuer), PLAIN, MINUTE_MS).token();
    await expect(failure).rejects.toThrow(/the UAA at localhost:\d+ cannot be reached: .*ECONNREFUSED/);
  });
});
