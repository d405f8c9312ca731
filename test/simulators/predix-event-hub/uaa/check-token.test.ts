import { decodeJwt, decodeProtectedHeader } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { askToken, postForm } from './ask-token.js';
import { LocalUaa } from './local-uaa.js';
import { at, authorization, clients, device, json, startUaa } from './uaa-bench.js';

let shared: LocalUaa;
beforeAll(async () => {
  shared = await LocalUaa.start({ clients });
  return () => shared.stop();
});

describe('check_token', () => {
  async function check(uaa: LocalUaa, token: string): Promise<readonly [number, Record<string, unknown>]> {
    const { status, text } = await postForm(at(uaa, '/check_token'), authorization, { token });
    return [status, json(text)];
  }

  test('tells the claims of a token', async () => {
    const token = await askToken(shared.issuer, device);
    expect(await check(shared, token)).toEqual([200, decodeJwt(token)]);
  });

  test('refuses one that is expired, forged or missing, and does not repeat it', async () => {
    const uaa = await startUaa({ lifetimeSeconds: -1 });
    const token = await askToken(uaa.issuer, device);
    const expired = { error: 'invalid_token', error_description: 'The token has expired.' };
    expect(await check(uaa, token)).toEqual([400, expired]);
    const invalid = { error: 'invalid_token', error_description: 'The token is invalid.' };
    expect(await check(shared, token)).toEqual([400, invalid]);
    expect(await check(shared, 'no token')).toEqual([400, invalid]);
    const { status, text } = await postForm(at(shared, '/check_token'), authorization, {});
    expect([status, json(text)['error']]).toEqual([400, 'invalid_request']);
  });

  test('no longer vouches for tokens of a key that was replaced', async () => {
    const uaa = await startUaa();
    const old = await askToken(uaa.issuer, device);
    await uaa.rotateSigningKey();
    const fresh = await askToken(uaa.issuer, device);
    expect((await check(uaa, old))[0]).toBe(400);
    expect((await check(uaa, fresh))[0]).toBe(200);
    expect(decodeProtectedHeader(fresh).kid).not.toBe(decodeProtectedHeader(old).kid);
  });
});
