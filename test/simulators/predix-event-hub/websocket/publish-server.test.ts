import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { waitUntil } from '../../../support/wait.js';
import { selfSignedCertificate } from '../../azure-event-hubs/self-signed-certificate.js';
import type { Access, Admission } from '../access.js';
import { httpCall } from '../auth/http-call.js';
import type { LocalUaa } from '../uaa/local-uaa.js';
import type { PublishServer } from './publish-server.js';
import { openPublisher } from './test-publisher.js';
import { documentedOptions, startPublishing, startUaa, zone } from './test-publishing.js';

let uaa: LocalUaa;
beforeAll(async () => {
  uaa = await startUaa();
  return () => uaa.stop();
});

const message = [{ id: '1', body: 'x' }];

/** An access that lets nobody in before it is told to. */
class SlowAccess implements Pick<Access, 'admit'> {
  readonly asked: Promise<void>;
  admission: Admission | undefined;
  #onAsked: () => void = () => undefined;
  #letIn: () => void = () => undefined;

  constructor() {
    this.asked = new Promise((resolve) => {
      this.#onAsked = resolve;
    });
  }

  async admit(): Promise<Admission> {
    this.#onAsked();
    await new Promise<void>((resolve) => {
      this.#letIn = resolve;
    });
    if (this.admission === undefined) throw new Error('nobody is let in');
    return this.admission;
  }

  letIn(): void {
    this.#letIn();
  }
}

/** A server that is busy with an upgrade whose client has sent this besides. */
async function startUpgrade(besides: Buffer = Buffer.alloc(0)) {
  const access = new SlowAccess();
  const publishing = await startPublishing(uaa, { access });
  const topics = [publishing.zones.topic(zone, 'topic')].filter((topic) => topic !== undefined);
  access.admission = { zone, topics, expiresAtMs: Number.POSITIVE_INFINITY, clientId: 'c' };
  const client = openTcp(publishing.server);
  client.write(Buffer.concat([Buffer.from(upgradeText), besides]));
  await access.asked;
  return { ...publishing, access, client };
}

const upgradeText = [
  'GET /v1/stream/messages/ HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`,
  '\r\n',
].join('\r\n');

/** A binary frame of a client, masked with zeros (RFC 6455, section 5.2). */
function frame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x82, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
}

function openTcp({ url }: PublishServer): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}

function closedTcp(socket: Socket): Promise<unknown> {
  socket.resume();
  return socket.closed ? Promise.resolve() : once(socket, 'close');
}

describe('while a token is being checked', () => {
  test('frames that come are kept, in order', async () => {
    const { access, client, bodies } = await startUpgrade(frame('{"id":"1","body":1}'));
    await new Promise((resolve) => client.write(frame('{"id":"2","body":2}'), resolve));
    let answered = '';
    client.on('data', (data) => {
      answered += String(data);
    });
    access.letIn();
    await waitUntil('both are acknowledged', () => answered.includes('"id":"2"'));
    expect(answered).toMatch(/^HTTP\/1.1 101 /);
    expect(answered.indexOf('"id":"1"')).toBeLessThan(answered.indexOf('"id":"2"'));
    expect(bodies()).toEqual(['1', '2']);
  });

  test('a client may go away', async () => {
    const { access, client, server } = await startUpgrade();
    client.resetAndDestroy();
    await closedTcp(client);
    access.letIn();
    const publisher = openTcp(server);
    await once(publisher, 'connect');
    await waitUntil('nothing is open', () => server.openSockets === 0);
  });

  test('a cut drops the client', async () => {
    const { client, server } = await startUpgrade();
    server.cut();
    await closedTcp(client);
  });

  test('the server can be stopped', async () => {
    const { access, client, server } = await startUpgrade();
    await server.stop();
    await closedTcp(client);
    access.letIn();
    expect(server.openSockets).toBe(0);
  });
});

describe('a server', () => {
  test('that cuts its sockets does so without a word, and takes new ones', async () => {
    const { server, faults } = await startPublishing(uaa);
    const publishers = [
      await openPublisher(server.url, await documentedOptions(uaa)),
      await openPublisher(server.url, await documentedOptions(uaa)),
    ];
    expect(server.openSockets).toBe(2);
    faults.cutStreams('subscribe');
    expect(await publishers[0]?.publish(message)).toHaveLength(1);
    faults.cutStreams();
    const endings = await Promise.all(publishers.map(({ closed }) => closed));
    expect(endings.map(({ code }) => code)).toEqual([1006, 1006]);
    expect(server.openSockets).toBe(0);
    const next = await openPublisher(server.url, await documentedOptions(uaa));
    expect(await next.publish(message)).toHaveLength(1);
  });

  test.each([false, true])('that is stopped leaves nothing open; with TLS: %s', async (isTls) => {
    const tls = isTls ? selfSignedCertificate() : undefined;
    const { server, zones } = await startPublishing(uaa, { tls });
    const publisher = await openPublisher(server.url, { ...(await documentedOptions(uaa)), ca: tls?.cert });
    const half = openTcp(server);
    await once(half, 'connect');
    await server.stop();
    await server.stop();
    expect((await publisher.closed).code).toBe(1006);
    await closedTcp(half);
    expect(server.openSockets).toBe(0);
    zones.deleteTopic(zone, 'named.one');
  });

  test.each([
    ['/v1/stream/messages/', 426],
    ['/', 404],
  ])('answers a request to %s that is no upgrade with %i', async (path, status) => {
    const { server } = await startPublishing(uaa);
    const reply = await httpCall(new URL(path, server.url.replace('ws', 'http')).href);
    expect(reply.status).toBe(status);
    expect(JSON.parse(reply.text)).toHaveProperty('error');
  });
});
