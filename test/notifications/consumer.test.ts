import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { Consumer, type ConsumerOptions } from '../../src/notifications/consumer.js';
import { RecordingLog } from '../support/log.js';
import { waitUntil } from '../support/wait.js';

const TIMING = {
  handshakeMs: 5000,
  pingMs: 10_000,
  closeMs: 500,
  conflictMs: 5,
  backoff: { firstMs: 5, longestMs: 20 },
};

/** A platform that answers the next upgrades with the given statuses and takes all further ones. */
class Platform {
  readonly sockets: WebSocket[] = [];
  readonly refusals: number[] = [];
  upgrades = 0;
  url = '';

  static async start(): Promise<Platform> {
    const platform = new Platform();
    const server = new WebSocketServer({
      port: 0,
      host: '127.0.0.1',
      verifyClient: (_info, answer) => {
        platform.upgrades++;
        const status = platform.refusals.shift();
        answer(status === undefined, status);
      },
    });
    await once(server, 'listening');
    server.on('connection', (socket) => platform.sockets.push(socket));
    platform.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    onTestFinished(() => {
      for (const socket of platform.sockets) socket.terminate();
      server.close();
    });
    return platform;
  }
}

function consume(platform: Platform, options: Partial<ConsumerOptions> = {}): [Consumer, RecordingLog] {
  const log = new RecordingLog();
  const consumer = new Consumer({
    prepare: async () => platform.url,
    onFrame: () => undefined,
    onLost: () => undefined,
    log,
    timing: TIMING,
    ...options,
  });
  onTestFinished(() => consumer.stop());
  consumer.start();
  return [consumer, log];
}

describe('Consumer', () => {
  it('prepares anew for every connection, because a token is good for one', async () => {
    const platform = await Platform.start();
    let prepared = 0;
    const [consumer] = consume(platform, {
      prepare: async () => `${platform.url}?token=${++prepared}`,
    });
    await waitUntil('it is open', () => consumer.state === 'open');
    platform.sockets[0]?.terminate();
    await waitUntil('it is open again', () => platform.sockets.length === 2 && consumer.state === 'open');

    expect(prepared).toBe(2);
  });

  it('tries on through refused upgrades and failed preparations, and says why it is not open', async () => {
    const platform = await Platform.start();
    platform.refusals.push(401, 409, 500);
    let prepared = 0;
    const [consumer, log] = consume(platform, {
      prepare: async () => {
        if (++prepared === 1) throw new Error('no token to be had');
        return platform.url;
      },
    });
    await waitUntil('it is open', () => consumer.state === 'open');

    expect(platform.upgrades).toBe(4);
    const reasons = log.lines.map(({ fields }) => fields['reason']).filter((reason) => reason !== undefined);
    expect(reasons).toEqual([
      'no token to be had',
      expect.stringContaining('401'),
      expect.stringContaining('409'),
      expect.stringContaining('500'),
    ]);
    expect(consumer.lastFailure).toBeUndefined();
  });

  it('writes one line for a row of equal failures', async () => {
    const platform = await Platform.start();
    platform.refusals.push(...Array.from({ length: 10 }, () => 409));
    const [consumer, log] = consume(platform);
    await waitUntil('it is open', () => consumer.state === 'open');

    expect(log.messages('warn')).toHaveLength(1);
  });

  it('reports a lost connection before it makes the next one', async () => {
    const platform = await Platform.start();
    const order: string[] = [];
    const [consumer] = consume(platform, {
      prepare: async () => {
        order.push('prepare');
        return platform.url;
      },
      onLost: () => order.push('lost'),
    });
    await waitUntil('it is open', () => consumer.state === 'open');
    platform.sockets[0]?.terminate();
    await waitUntil('it is open again', () => platform.sockets.length === 2);

    expect(order).toEqual(['prepare', 'lost', 'prepare']);
  });

  it('stays paused over a reconnect', async () => {
    const platform = await Platform.start();
    const frames: string[] = [];
    const [consumer] = consume(platform, { onFrame: (frame) => frames.push(frame.toString()) });
    await waitUntil('it is open', () => consumer.state === 'open');
    consumer.pause();
    platform.sockets[0]?.terminate();
    await waitUntil('it is open again', () => platform.sockets.length === 2 && consumer.state === 'open');
    await new Promise<void>((resolve) => platform.sockets[1]?.send('a', () => resolve()));
    expect(frames).toEqual([]);

    consumer.resume();
    await waitUntil('the frame came', () => frames.length === 1);
  });

  it('stops at once from every state, and stays stopped', async () => {
    const platform = await Platform.start();
    const slow = { ...TIMING, conflictMs: 60_000 };
    platform.refusals.push(409);
    const [waiting] = consume(platform, { timing: slow });
    await waitUntil('it waits', () => waiting.state === 'waiting');
    const [open] = consume(platform);
    await waitUntil('it is open', () => open.state === 'open');
    const [connecting] = consume(platform, {
      prepare: (signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    });
    const { upgrades } = platform;
    await Promise.all([waiting.stop(), open.stop(), connecting.stop()]);

    expect([waiting.state, open.state, connecting.state]).toEqual(['stopped', 'stopped', 'stopped']);
    expect(platform.upgrades).toBe(upgrades);
  });

  it('asks over the open connection to be unsubscribed, and does not come back', async () => {
    const platform = await Platform.start();
    const [consumer] = consume(platform);
    await waitUntil('it is open', () => consumer.state === 'open');
    const [socket] = platform.sockets;
    const messages: string[] = [];
    socket?.on('message', (data) => {
      messages.push(String(data));
      socket.close();
    });

    expect(await consumer.unsubscribe()).toBe(true);
    expect(messages).toEqual(['unsubscribe_subscriber']);
    expect(consumer.state).toBe('stopped');
  });
});
