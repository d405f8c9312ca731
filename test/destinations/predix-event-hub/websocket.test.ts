import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import type { PredixHubAddress } from '../../../src/destinations/predix-event-hub/hub-address.js';
import type { Link, LinkAnswer } from '../../../src/destinations/predix-event-hub/link.js';
import { failureOf } from '../../../src/destinations/predix-event-hub/send-failure.js';
import { openWebSocketLink } from '../../../src/destinations/predix-event-hub/websocket.js';
import { startBlackHole } from '../../support/black-hole.js';
import { FAST } from '../../support/predix.js';
import { NEVER } from '../../support/sample-event.js';
import { waitUntil } from '../../support/wait.js';

function open(
  webSocketUrl: string,
  answered: (answer: LinkAnswer) => void,
  { proxyUrl, dialMs = FAST.dialMs }: { proxyUrl?: string; dialMs?: number } = {},
): Promise<Link> {
  const address = { host: 'localhost', zoneId: 'z1', hubName: 'topic', webSocketUrl } as PredixHubAddress;
  const settings = { predixTls: 'none', proxyUrl } as const;
  const options = { address, settings, token: 't', timing: { ...FAST, dialMs }, signal: NEVER };
  return openWebSocketLink(options, { answered, lost: () => undefined });
}

/** A server that answers each frame with a text. */
async function serverAnswering(text: string): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  server.on('connection', (socket) => socket.on('message', () => socket.send(Buffer.from(text))));
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

it.each([
  ['{"id":"x"}', 'accepted'],
  ['{"id":"x","status_code":0}', 'accepted'],
  ['{"id":"x","status_code":202}', 'accepted'],
  ['{"id":"x","status_code":503}', 'refused'],
  ['{"id":"x","status_code":"FAILED"}', 'refused'],
  ['{"id":"x","status_code":"503"}', 'refused'],
  ['{"id":"x","status_code":null}', 'refused'],
])('an answer %s means that the message is %s', async (text, meaning) => {
  const answers: LinkAnswer[] = [];
  const link = await open(await serverAnswering(text), (answer) => answers.push(answer));
  onTestFinished(() => link.close());
  link.write(Buffer.from('[]'));
  await waitUntil('it is answered', () => answers.length > 0);
  const [{ statusCode, description } = { statusCode: undefined, description: '' }] = answers;
  expect(failureOf(statusCode, description) === undefined ? 'accepted' : 'refused').toBe(meaning);
});

it('a proxy that says nothing is given up after the time for a connection', async () => {
  const proxy = await startBlackHole();
  const opening = open('ws://localhost:1/', () => undefined, { proxyUrl: proxy.url, dialMs: 100 });
  await expect(opening).rejects.toMatchObject({
    kind: 'lost',
    message: 'the WebSocket is not there after 100 ms',
  });
  await waitUntil('nothing is left of it', () => proxy.connections === 0);
});
