import { exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { selfSignedCertificate } from '../../azure-event-hubs/self-signed-certificate.js';
import { askToken } from '../uaa/ask-token.js';
import { LocalUaa } from '../uaa/local-uaa.js';
import { fetchKeyOverHttp, type PublishedKey } from './issuer-keys.js';
import { AuthError, type AuthErrorKind, TokenCheck } from './token-check.js';

const scopes = ['predix-event-hub.zones.z1.user', 'predix-event-hub.zones.z1.grpc.publish'];
const clients = { device: { secret: 'secret', authorities: scopes } };
const question = { clientId: 'device', secret: 'secret' };

async function startUaa(options: Partial<Parameters<typeof LocalUaa.start>[0]> = {}): Promise<LocalUaa> {
  const uaa = await LocalUaa.start({ clients, ...options });
  onTestFinished(() => uaa.stop());
  return uaa;
}

/** A check that counts how often it reads the key of an issuer. */
function countingCheck(issuer: string): { readonly check: TokenCheck; readonly urls: string[] } {
  const urls: string[] = [];
  const fetchOverHttp = fetchKeyOverHttp(undefined);
  const fetchKey = (url: string): Promise<PublishedKey> => {
    urls.push(url);
    return fetchOverHttp(url);
  };
  return { check: new TokenCheck({ trustedIssuers: [issuer], fetchKey }), urls };
}

async function refusal(check: TokenCheck, value: string | undefined): Promise<AuthError> {
  const error: unknown = await check.verify(value).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AuthError);
  const token = value?.replace(/^bearer/i, '').trim();
  if (token) expect((error as AuthError).message).not.toContain(token);
  return error as AuthError;
}

async function refusalKind(check: TokenCheck, value: string | undefined): Promise<AuthErrorKind> {
  return (await refusal(check, value)).kind;
}

describe('a token of a trusted issuer', () => {
  let uaa: LocalUaa;
  beforeAll(async () => {
    uaa = await LocalUaa.start({ clients });
    return () => uaa.stop();
  });

  test.each(['', 'Bearer ', 'bearer ', 'BEARER  ', ' Bearer '])(
    'is accepted after %j [seed 19]',
    async (scheme) => {
      const check = new TokenCheck({ trustedIssuers: [uaa.issuer] });
      const claims = await check.verify(`${scheme}${await askToken(uaa.issuer, question)}`);
      const exp = expect.any(Number);
      expect(claims).toEqual({ iss: uaa.issuer, client_id: 'device', scope: scopes, exp });
    },
  );

  test('is checked without asking the issuer again', async () => {
    const { check, urls } = countingCheck(uaa.issuer);
    const token = await askToken(uaa.issuer, question);
    await Promise.all([check.verify(token), check.verify(token)]);
    await check.verify(token);
    expect(urls).toEqual([uaa.issuer.replace('/oauth/token', '/token_key')]);
  });

  test('is refused when its signature is wrong, after the key was read once more', async () => {
    const { check, urls } = countingCheck(uaa.issuer);
    const [header, , signature] = (await askToken(uaa.issuer, question)).split('.');
    await check.verify(await askToken(uaa.issuer, question));
    const payload = Buffer.from(JSON.stringify({ iss: uaa.issuer, exp: 2 ** 40, scope: ['all'] }));
    expect(await refusalKind(check, `${header}.${payload.toString('base64url')}.${signature}`)).toBe(
      'invalid',
    );
    expect(urls).toHaveLength(2);
  });

  test.each([undefined, '', '  ', 'Bearer', 'bearer  '])('is missing in %j [seed 21]', async (value) => {
    const check = new TokenCheck({ trustedIssuers: [uaa.issuer] });
    const { kind, message } = await refusal(check, value);
    expect([kind, message]).toEqual(['missing', 'Missing Authorization header']);
  });

  test.each(['rubbish', 'a.b.c', 'Basic ZGV2aWNlOnNlY3JldA==', '..', `Bearer ${'x'.repeat(60_001)}`])(
    'is not what %s is [seed 21]',
    async (value) => {
      const check = new TokenCheck({ trustedIssuers: [uaa.issuer] });
      expect(await refusalKind(check, value)).toBe('invalid');
    },
  );
});

test('an expired token is refused as such [seed 21]', async () => {
  const uaa = await startUaa({ lifetimeSeconds: -1 });
  const check = new TokenCheck({ trustedIssuers: [uaa.issuer] });
  expect(await refusalKind(check, await askToken(uaa.issuer, question))).toBe('expired');
});

test('an issuer that is not trusted is never asked for its key [seed 21]', async () => {
  const uaa = await startUaa();
  const { check, urls } = countingCheck('http://localhost:1/oauth/token');
  expect(await refusalKind(check, await askToken(uaa.issuer, question))).toBe('untrusted');
  expect(urls).toEqual([]);
});

test('each of several trusted issuers has its own key', async () => {
  const [first, second] = [await startUaa(), await startUaa()];
  const check = new TokenCheck({ trustedIssuers: [first.issuer, second.issuer] });
  for (const { issuer } of [first, second, first]) {
    expect((await check.verify(await askToken(issuer, question))).iss).toBe(issuer);
  }
});

test('after a rotation the new key is read, and tokens of the old one are no longer accepted', async () => {
  const uaa = await startUaa();
  const { check, urls } = countingCheck(uaa.issuer);
  const old = await askToken(uaa.issuer, question);
  await check.verify(old);
  await uaa.rotateSigningKey();
  await check.verify(await askToken(uaa.issuer, question));
  expect(urls).toHaveLength(2);
  expect(await refusalKind(check, old)).toBe('invalid');
});

test('an issuer that cannot be reached is asked again by the next check', async () => {
  const uaa = await startUaa();
  const token = await askToken(uaa.issuer, question);
  const check = new TokenCheck({ trustedIssuers: [uaa.issuer] });
  const port = Number(new URL(uaa.issuer).port);
  await uaa.stop();
  expect(await refusalKind(check, token)).toBe('unavailable');
  await startUaa({ port });
  const fresh = await askToken(uaa.issuer, question);
  expect((await check.verify(fresh)).client_id).toBe('device');
});

test('an issuer with a certificate of its own needs that certificate', async () => {
  const tls = selfSignedCertificate();
  const uaa = await startUaa({ tls });
  const token = await askToken(uaa.issuer, { ...question, ca: tls.cert });
  const trustedIssuers = [uaa.issuer];
  expect((await new TokenCheck({ trustedIssuers, ca: tls.cert }).verify(token)).iss).toBe(uaa.issuer);
  expect(await refusalKind(new TokenCheck({ trustedIssuers }), token)).toBe('unavailable');
});

describe('a token made by hand', () => {
  const issuer = 'https://uaa.test/oauth/token';
  const later = Math.floor(Date.now() / 1000) + 600;

  async function signed(
    claims: JWTPayload,
    kid?: string,
  ): Promise<{ token: string; check: TokenCheck; value: string }> {
    const { privateKey, publicKey } = await generateKeyPair('RS256');
    const header = { alg: 'RS256', ...(kid === undefined ? {} : { kid }) };
    const token = await new SignJWT({ iss: issuer, ...claims }).setProtectedHeader(header).sign(privateKey);
    const value = await exportSPKI(publicKey);
    const fetchKey = async (): Promise<PublishedKey> => ({ kid: 'k1', value });
    return { token, check: new TokenCheck({ trustedIssuers: [issuer], fetchKey }), value };
  }

  test('needs no key name', async () => {
    const { token, check } = await signed({ exp: later });
    expect(await check.verify(token)).toEqual({ iss: issuer, client_id: '', scope: [], exp: later });
  });

  test('is refused when it names another key', async () => {
    const { token, check } = await signed({ exp: later }, 'k2');
    expect(await refusalKind(check, token)).toBe('invalid');
  });

  test('is refused when it never expires', async () => {
    const { token, check } = await signed({}, 'k1');
    expect(await refusalKind(check, token)).toBe('invalid');
  });

  test('is refused when it is not signed, or signed with the public key as a shared secret', async () => {
    const { check, value } = await signed({});
    const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
    const claims = { iss: issuer, exp: later };
    const unsigned = `${encode({ alg: 'none' })}.${encode(claims)}.`;
    const secret = new TextEncoder().encode(value);
    const shared = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(secret);
    for (const token of [unsigned, shared]) expect(await refusalKind(check, token)).toBe('invalid');
  });

  test('is refused when the issuer publishes no key', async () => {
    const { token } = await signed({ exp: later });
    const fetchKey = async (): Promise<PublishedKey> => ({ value: 'no key' });
    const check = new TokenCheck({ trustedIssuers: [issuer], fetchKey });
    expect(await refusalKind(check, token)).toBe('unavailable');
  });
});
