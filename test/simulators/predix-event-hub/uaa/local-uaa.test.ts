import { once } from 'node:events';
import { connect } from 'node:net';
import { decodeJwt, importSPKI, jwtVerify } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { selfSignedCertificate } from '../../azure-event-hubs/self-signed-certificate.js';
import { httpCall } from '../auth/http-call.js';
import { askToken, postForm } from './ask-token.js';
import { LocalUaa } from './local-uaa.js';
import { at, authorities, authorization, base, clients, device, grant, json, startUaa } from './uaa-bench.js';

let shared: LocalUaa;
beforeAll(async () => {
  shared = await LocalUaa.start({ clients });
  return () => shared.stop();
});

describe('a token', () => {
  test('comes with its type, life, scopes and id', async () => {
    const { status, text, headers } = await postForm(shared.issuer, authorization, {
      ...grant,
      response_type: 'token',
      scope: `${base}.user,${base}.grpc.publish`,
    });
    expect(status).toBe(200);
    const { access_token: token, jti, ...rest } = json(text);
    const scope = `${base}.user ${base}.grpc.publish`;
    expect(rest).toEqual({ token_type: 'bearer', expires_in: 43_199, scope });
    expect(decodeJwt(String(token)).jti).toBe(jti);
    expect(headers['cache-control']).toBe('no-store');
  });

  test('has every claim of a real one', async () => {
    const scope = `${base}.user ${base}.grpc.publish ${base}.t1.grpc.publish`;
    const token = await askToken(shared.issuer, { ...device, scope });
    const claims = decodeJwt(token);
    expect(claims).toEqual({
      jti: expect.stringMatching(/^[0-9a-f]{32}$/),
      sub: 'device',
      scope: scope.split(' '),
      client_id: 'device',
      cid: 'device',
      azp: 'device',
      grant_type: 'client_credentials',
      rev_sig: expect.stringMatching(/^[0-9a-f]{8}$/),
      iat: expect.any(Number),
      exp: (claims.iat ?? 0) + 43_199,
      iss: shared.issuer,
      zid: 'uaa',
      aud: ['device', base, `${base}.grpc`, `${base}.t1.grpc`],
    });
    expect(shared.issuer).toMatch(/^http:\/\/localhost:\d+\/oauth\/token$/);
  });

  test('holds the authorities literally when no scope is asked for', async () => {
    const token = await askToken(shared.issuer, device);
    expect(decodeJwt(token)['scope']).toEqual(authorities);
  });

  test('is signed with the key that is published, which has the name in its header', async () => {
    const token = await askToken(shared.issuer, device);
    const published = json((await httpCall(at(shared, '/token_key'))).text);
    const { protectedHeader } = await jwtVerify(token, await importSPKI(String(published['value']), 'RS256'));
    expect(protectedHeader).toEqual({ alg: 'RS256', kid: published['kid'], typ: 'JWT' });
    expect(published).toMatchObject({ alg: 'RS256', kty: 'RSA', use: 'sig' });
  });

  test('has the life that is set when it is issued, and each is counted', async () => {
    const uaa = await startUaa({ lifetimeSeconds: 60 });
    const ask = async (): Promise<number> => {
      const { iat = 0, exp = 0 } = decodeJwt(await askToken(uaa.issuer, device));
      return exp - iat;
    };
    expect(await ask()).toBe(60);
    uaa.lifetimeSeconds = -5;
    expect(await ask()).toBe(-5);
    expect(uaa.issued).toBe(2);
  });
});

describe('a client', () => {
  test('may use one more secret', async () => {
    const uaa = await startUaa();
    uaa.addSecret('device', 'second');
    for (const secret of ['s:1+%', 'second']) {
      await expect(askToken(uaa.issuer, { clientId: 'device', secret })).resolves.toBeTypeOf('string');
    }
    expect(() => uaa.addSecret('nobody', 'x')).toThrow('There is no client nobody.');
  });

  test('may use a secret no longer that was taken away', async () => {
    const uaa = await startUaa();
    uaa.addSecret('device', 'second');
    uaa.removeSecret('device', 's:1+%');
    await expect(askToken(uaa.issuer, device)).rejects.toThrow('401');
    await expect(askToken(uaa.issuer, { ...device, secret: 'second' })).resolves.toBeTypeOf('string');
  });

  test('gets the authorities it has when it asks', async () => {
    const uaa = await startUaa();
    uaa.setAuthorities('device', ['a.b']);
    const token = await askToken(uaa.issuer, device);
    expect(decodeJwt(token)['scope']).toEqual(['a.b']);
    await expect(askToken(uaa.issuer, { ...device, scope: `${base}.user` })).rejects.toThrow('400');
  });
});

describe('a server', () => {
  test('speaks TLS when it has a certificate', async () => {
    const tls = selfSignedCertificate();
    const uaa = await startUaa({ tls });
    expect(uaa.issuer).toMatch(/^https:/);
    const question = { ...device, ca: tls.cert };
    expect(decodeJwt(await askToken(uaa.issuer, question)).iss).toBe(uaa.issuer);
  });

  test('stops while a client is connected, and stops twice', async () => {
    const uaa = await startUaa({ tls: selfSignedCertificate() });
    // Connected over TCP only: the TLS handshake never comes.
    const socket = connect(Number(new URL(uaa.issuer).port), '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    await uaa.stop();
    await closed;
    await uaa.stop();
  });

  test('takes the port it is given', async () => {
    const first = await startUaa();
    const port = Number(new URL(first.issuer).port);
    await first.stop();
    const second = await startUaa({ port });
    expect(second.issuer).toBe(`http://localhost:${port}/oauth/token`);
    await expect(LocalUaa.start({ clients, port })).rejects.toThrow('EADDRINUSE');
  });
});
