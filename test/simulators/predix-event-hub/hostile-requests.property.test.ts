import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { adminToken, startAdmin, startUaa as startAdminUaa, zone } from './admin/admin-bench.js';
import { httpCall } from './auth/http-call.js';
import { basic } from './uaa/ask-token.js';
import type { LocalUaa } from './uaa/local-uaa.js';
import { documentedOptions, message, startUaa, startWithPublisher } from './websocket/test-publishing.js';

let uaa: LocalUaa;
beforeAll(async () => {
  uaa = await startAdminUaa();
  return () => uaa.stop();
});

const anyText = fc.string({ unit: 'binary', maxLength: 40 });
/** Parts of a path, good ones among them, so that all of the path is reached. */
const anyPart = fc.oneof(
  fc.constantFrom(
    'v2',
    'admin',
    'service_instances',
    zone,
    'topics',
    'topic',
    '__proto__',
    '..',
    '%2e%2e',
    '',
  ),
  fc.string({ unit: fc.constantFrom(...'ab%/.?#;,*~\\"<>{}0\t'), maxLength: 8 }),
);
const anyTarget = fc.array(anyPart, { maxLength: 6 }).map((parts) => `/${parts.join('/')}`);
const anyTopic = anyPart.map((part) => `/v2/admin/service_instances/${zone}/topics/${part}`);

/** Sends a request as it is; gives the first line of the answer. */
async function requestLine(url: string, request: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write(request, 'latin1');
  let text = '';
  socket.setEncoding('latin1').on('data', (part) => {
    text += String(part);
  });
  await once(socket, 'close');
  return text.split('\r\n', 1)[0] ?? '';
}

test('the admin API answers any path, and the default topic is always there', async () => {
  const { server, directory } = await startAdmin(uaa, 3);
  const token = await adminToken(uaa);
  const method = fc.constantFrom('GET', 'PUT', 'DELETE', 'POST', 'HEAD', 'OPTIONS', 'PATCH', 'ODD');
  await fc.assert(
    fc.asyncProperty(method, fc.oneof(anyTarget, anyTopic), async (verb, target) => {
      const head = `Host: h\r\nConnection: close\r\nAuthorization: bearer ${token}`;
      const line = await requestLine(server.url, `${verb} ${target} HTTP/1.1\r\n${head}\r\n\r\n`);
      expect(line).toMatch(/^HTTP\/1\.1 (20[01]|40[0145]) /);
      expect(directory.names[0]).toBe('topic');
      expect(directory.names.length).toBeLessThanOrEqual(4);
    }),
    { numRuns: 200 },
  );
});

test('the UAA answers any form and any client', async () => {
  const anyForm = fc.oneof(
    anyText,
    fc.tuple(fc.constantFrom('scope', 'grant_type', 'token'), anyText).map(([name, value]) => {
      const more = `${name}=${encodeURIComponent(Buffer.from(value).toString())}`;
      return `grant_type=client_credentials&${more}`;
    }),
  );
  const anyClient = fc.oneof(
    fc.base64String({ maxLength: 20 }).map((text) => `Basic ${text}`),
    fc.constant(basic('admin', 's')),
  );
  await fc.assert(
    fc.asyncProperty(
      anyForm,
      anyClient,
      fc.constantFrom('oauth/token', 'check_token'),
      async (body, Authorization, path) => {
        const url = uaa.issuer.replace('oauth/token', path);
        const { status, text } = await httpCall(url, { method: 'POST', headers: { Authorization }, body });
        expect([200, 400, 401]).toContain(status);
        expect(JSON.parse(text)).toBeTypeOf('object');
      },
    ),
    { numRuns: 150 },
  );
});

test('a socket answers any frame, and takes the next message', async () => {
  const ownUaa = await startUaa();
  const [{ bodies }, publisher] = await startWithPublisher(ownUaa);
  const anyFrame = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => Buffer.from(text)),
    fc
      .array(
        fc.record(
          { id: fc.jsonValue(), body: fc.jsonValue(), tags: fc.jsonValue(), zoneId: fc.jsonValue() },
          { requiredKeys: [] },
        ),
      )
      .map((all) => Buffer.from(JSON.stringify(all))),
  );
  let count = 0;
  await fc.assert(
    fc.asyncProperty(anyFrame, async (frame) => {
      publisher.socket.send(frame);
      const id = `good-${count++}`;
      publisher.send([message(id, id)]);
      while (!publisher.acks.some((ack) => ack.id === id)) await once(publisher.socket, 'message');
      expect(bodies()).toContain(`"${id}"`);
      // Each that was not refused is there.
      expect(bodies()).toHaveLength(publisher.acks.filter(({ status_code }) => status_code === 202).length);
    }),
    { numRuns: 150 },
  );
  await ownUaa.stop();
});

test('bytes that are no frames end their socket at most', async () => {
  const ownUaa = await startUaa();
  const [{ server }, publisher] = await startWithPublisher(ownUaa);
  const options = await documentedOptions(ownUaa);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 60 }), async (bytes) => {
      const hostile = new WebSocket(server.url, options);
      hostile.on('error', () => undefined);
      hostile.once('upgrade', ({ socket }) => socket.end(Buffer.from(bytes)));
      await once(hostile, 'close');
    }),
    { numRuns: 50 },
  );
  expect((await publisher.publish([message('good')]))[0]?.status_code).toBe(202);
  await ownUaa.stop();
});
