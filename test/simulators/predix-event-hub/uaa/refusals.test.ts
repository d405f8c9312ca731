import { once } from 'node:events';
import { connect } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { httpCall } from '../auth/http-call.js';
import { basic, postForm } from './ask-token.js';
import { LocalUaa } from './local-uaa.js';
import { at, authorization, base, clients, grant, json } from './uaa-bench.js';

let shared: LocalUaa;
beforeAll(async () => {
  shared = await LocalUaa.start({ clients });
  return () => shared.stop();
});

describe('a request that is refused', () => {
  test.each([
    ['wrong secret', basic('device', 'wrong'), 'Bad credentials'],
    ['unknown client', basic('constructor', 's:1+%'), 'Bad credentials'],
    ['no header', undefined, 'The Authorization header is missing.'],
    ['another scheme', 'Bearer abc', 'The Authorization header is not well-formed Basic.'],
    ['no base64', 'Basic ???', 'The Authorization header is not well-formed Basic.'],
    [
      'no colon',
      `Basic ${Buffer.from('device').toString('base64')}`,
      'The Authorization header is not well-formed Basic.',
    ],
  ])('for its client gets 401 unauthorized: %s', async (_, header, description) => {
    for (const path of ['/oauth/token', '/check_token']) {
      const { status, text } = await postForm(at(shared, path), header, { ...grant, token: 'any' });
      expect(status).toBe(401);
      expect(json(text)).toEqual({ error: 'unauthorized', error_description: description });
    }
  });

  test('for a scope gets 400 invalid_scope', async () => {
    const { status, text } = await postForm(shared.issuer, authorization, {
      ...grant,
      scope: `${base}.admin`,
    });
    expect(status).toBe(400);
    const description = `${base}.admin is invalid. Please use a valid scope name in the request`;
    expect(json(text)).toEqual({ error: 'invalid_scope', error_description: description });
  });

  test.each([
    [{ grant_type: 'password' }, 'unsupported_grant_type'],
    [{}, 'invalid_request'],
  ])('for its grant type gets 400: %j', async (form, error) => {
    const { status, text } = await postForm(shared.issuer, authorization, form);
    expect(status).toBe(400);
    expect(json(text)['error']).toBe(error);
  });

  test('for its method gets 405 with the one that is allowed', async () => {
    for (const [path, method, allowed] of [
      ['/oauth/token', 'GET', 'POST'],
      ['/check_token', 'PUT', 'POST'],
      ['/token_key', 'POST', 'GET'],
    ] as const) {
      const { status, headers, text } = await httpCall(at(shared, path), { method });
      expect([status, headers.allow]).toEqual([405, allowed]);
      expect(json(text)['error']).toBe('method_not_allowed');
    }
  });

  test('for its path gets 404', async () => {
    const { status, text } = await httpCall(at(shared, '/oauth/tokens'));
    expect(status).toBe(404);
    expect(json(text)['error']).toBe('not_found');
  });

  test('for a form of more than 256 KiB gets 413', async () => {
    const { status, text } = await postForm(shared.issuer, authorization, {
      ...grant,
      scope: 'x'.repeat(2 ** 20),
    });
    expect(status).toBe(413);
    expect(json(text)['error']).toBe('invalid_request');
  });

  test('because it breaks off harms no other', async () => {
    const socket = connect(Number(new URL(shared.issuer).port), '127.0.0.1');
    const closed = once(socket.resume(), 'close');
    socket.end('POST /oauth/token HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\ngrant');
    await closed;
    expect((await postForm(shared.issuer, authorization, grant)).status).toBe(200);
  });

  test.each(['//', '/%', '/oauth/token?%', 'http://['])(
    'for the target %j gets an answer',
    async (target) => {
      const socket = connect(Number(new URL(shared.issuer).port), '127.0.0.1');
      socket.end(`GET ${target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
      let text = '';
      for await (const chunk of socket.setEncoding('utf8')) text += String(chunk);
      expect(text).toMatch(/^HTTP\/1\.1 40[45] /);
    },
  );
});
