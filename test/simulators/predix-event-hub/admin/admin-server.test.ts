import { connect } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import type { LocalUaa } from '../uaa/local-uaa.js';
import { description, startAdmin, startUaa, zone } from './admin-bench.js';

let uaa: LocalUaa;
beforeAll(async () => {
  uaa = await startUaa();
  return () => uaa.stop();
});

describe('the list of topics', () => {
  test.each(['', '/', '?x=1', '/?x=1'])('is told with %j after its path [seed 381-438]', async (end) => {
    const { call, directory } = await startAdmin(uaa);
    directory.names.push('t1');
    const { status, text, headers } = await call('GET', end);
    expect([status, text]).toEqual([200, '{"topics":["topic","t1"],"topicLimit":10}']);
    expect(headers['content-type']).toMatch(/^application\/json/);
  });

  test('cannot be put, posted or deleted', async () => {
    const { call } = await startAdmin(uaa);
    for (const method of ['PUT', 'POST', 'DELETE', 'PATCH']) {
      const { status, headers } = await call(method, '/');
      expect([status, headers.allow]).toEqual([405, 'GET']);
    }
  });
});

describe('a topic', () => {
  test('is created once: 201, then 200, and is in the list [seed 381-438]', async () => {
    const { call, directory } = await startAdmin(uaa);
    expect((await call('PUT', '/t.1_-A')).status).toBe(201);
    expect((await call('PUT', '/t.1_-A')).status).toBe(200);
    expect((await call('PUT', '/t2/')).status).toBe(201);
    expect(directory.names).toEqual(['topic', 't.1_-A', 't2']);
  });

  test('named as the default one exists already [seed 381-438]', async () => {
    const { call } = await startAdmin(uaa, 0);
    expect((await call('PUT', '/topic')).status).toBe(200);
  });

  test('beyond the limit is refused with 400, one that exists is not, and deleting makes room [seed 381-438]', async () => {
    const { call } = await startAdmin(uaa, 1);
    expect((await call('PUT', '/t1')).status).toBe(201);
    const refused = await call('PUT', '/t2');
    expect(refused.status).toBe(400);
    expect(description(refused)).toContain('Maximum topics limit has been reached');
    expect((await call('PUT', '/t1')).status).toBe(200);
    expect((await call('DELETE', '/t1')).status).toBe(200);
    expect((await call('PUT', '/t2')).status).toBe(201);
  });

  test.each([`/${'a'.repeat(101)}`, '/a%20b', '/a%2Fb', '/%C3%A4', '/a*', '/a%', '/a%ZZ', '/a,b'])(
    'with the name %s is refused with 400 and told the rule [seed 381-438]',
    async (path) => {
      const { call, directory } = await startAdmin(uaa);
      const refused = await call('PUT', path);
      expect(refused.status).toBe(400);
      expect(description(refused)).toBe(
        'A topic name has 1 to 100 characters: only letters, digits, dashes, underscores and periods.',
      );
      expect(directory.names).toEqual(['topic']);
    },
  );

  test('may have an encoded name, and one of a hundred characters', async () => {
    const { call, directory } = await startAdmin(uaa);
    expect((await call('PUT', '/%74%31%2Da')).status).toBe(201);
    expect((await call('PUT', `/${'a'.repeat(100)}`)).status).toBe(201);
    expect(directory.names).toEqual(['topic', 't1-a', 'a'.repeat(100)]);
  });

  test('is deleted with 200, now, before, or never there [seed 381-438]', async () => {
    const { call, directory } = await startAdmin(uaa);
    directory.names.push('t1');
    for (const path of ['/t1', '/t1', '/%741', '/unknown', '/a%20b', '/a%']) {
      expect((await call('DELETE', path)).status).toBe(200);
    }
    expect(directory.names).toEqual(['topic']);
  });

  test('that is the default one is kept, though the answer is 200 [seed 381-438]', async () => {
    const { call, directory } = await startAdmin(uaa);
    for (const path of ['/topic', '/%74opic']) expect((await call('DELETE', path)).status).toBe(200);
    expect(directory.names).toEqual(['topic']);
  });

  test('cannot be read or posted', async () => {
    const { call } = await startAdmin(uaa);
    for (const method of ['GET', 'POST', 'PATCH']) {
      const { status, headers } = await call(method, '/t1');
      expect([status, headers.allow]).toEqual([405, 'PUT, DELETE']);
    }
  });
});

test.each([
  '/',
  '//',
  '/%',
  '/v2/admin',
  `/v2/admin/service_instances/${zone}`,
  '/v2/admin/service_instances//topics',
])('the path %j is 404', async (target) => {
  const { server } = await startAdmin(uaa);
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.end(`GET ${target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
  let text = '';
  for await (const chunk of socket.setEncoding('utf8')) text += String(chunk);
  expect(text).toMatch(/^HTTP\/1\.1 404 /);
});

test('a directory that fails is a 500, and the next call is answered', async () => {
  const { call, directory } = await startAdmin(uaa);
  directory.topics = () => {
    throw new Error('secret reason');
  };
  const { status, text } = await call('GET', '');
  expect(status).toBe(500);
  expect(text).not.toContain('secret reason');
  expect((await call('PUT', '/t1')).status).toBe(201);
});

test('a token of 60,000 characters fits', async () => {
  const { call } = await startAdmin(uaa);
  expect((await call('GET', '', 'x'.repeat(60_000))).status).toBe(401);
});
