import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { PlatformError, PlatformUnreachable } from '../../src/errors.js';
import { Connection, type OnFrame } from '../../src/notifications/connection.js';
import { waitUntil } from '../support/wait.js';

const TIMING = { handshakeMs: 5000, pingMs: 50, closeMs: 500 };
const NEVER = new AbortController().signal;

interface Peer {
  readonly url: string;
  /** The other ends of the connections, as they came. */
  readonly sockets: WebSocket[];
}

/** A real WebSocket server; `refuse` answers the upgrade with that status instead. */
async function startPeer(options: { refuse?: number; answersPings?: boolean } = {}): Promise<Peer> {
  const { refuse, answersPings = true } = options;
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    autoPong: answersPings,
    ...(refuse === undefined ? {} : { verifyClient: (_info, answer) => answer(false, refuse) }),
  });
  await once(server, 'listening');
  const sockets: WebSocket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  onTestFinished(() => {
    for (const socket of sockets) socket.terminate();
    server.close();
  });
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/?token=secret-token`, sockets };
}

async function open(peer: Peer, onFrame: OnFrame = () => undefined): Promise<[Connection, WebSocket]> {
  const connection = await Connection.open(peer.url, TIMING, onFrame, NEVER);
  onTestFinished(() => connection.close());
  await waitUntil('the peer has the connection', () => peer.sockets.length > 0);
  return [connection, peer.sockets.at(-1) as WebSocket];
}

describe('Connection', () => {
  it.each([401, 409, 503])('fails with the status when the upgrade is refused with %i', async (status) => {
    const peer = await startPeer({ refuse: status });
    const opening = Connection.open(peer.url, TIMING, () => undefined, NEVER);

    const error = await opening.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PlatformError);
    expect(error).toMatchObject({ status });
    expect(String(error)).not.toContain('secret-token');
  });

  it('fails without naming the token when nobody listens', async () => {
    const opening = Connection.open('ws://127.0.0.1:1/?token=secret-token', TIMING, () => undefined, NEVER);

    const error = await opening.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PlatformUnreachable);
    expect(String(error)).not.toContain('secret-token');
  });

  it('gives a handshake up when aborted', async () => {
    const peer = await startPeer();
    const opening = Connection.open(peer.url, TIMING, () => undefined, AbortSignal.abort());

    await expect(opening).rejects.toBeInstanceOf(PlatformUnreachable);
  });

  it('hands out each frame with the connection that acknowledges it', async () => {
    const peer = await startPeer();
    const frames: string[] = [];
    const [, socket] = await open(peer, (frame, connection) => {
      frames.push(frame.toString());
      connection.acknowledge(`ack of ${frame}`);
    });
    const acks: string[] = [];
    socket.on('message', (data) => acks.push(String(data)));
    for (const frame of ['a', 'b', 'c']) socket.send(frame);
    await waitUntil('three acknowledgements came', () => acks.length === 3);

    expect(frames).toEqual(['a', 'b', 'c']);
    expect(acks).toEqual(['ack of a', 'ack of b', 'ack of c']);
  });

  it('passes on a frame that is not UTF-8 instead of failing', async () => {
    const peer = await startPeer();
    const frames: Buffer[] = [];
    const [, socket] = await open(peer, (frame) => frames.push(frame));
    socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
    await waitUntil('the frame came', () => frames.length === 1);

    expect(frames[0]).toEqual(Buffer.from([0xff, 0xfe]));
  });

  it('reads nothing while paused, and everything after', async () => {
    const peer = await startPeer();
    const frames: string[] = [];
    const [connection, socket] = await open(peer, (frame) => frames.push(frame.toString()));
    connection.pause();
    socket.send('a');
    // Written in this order on one connection: once the second is on its way, the first could have been read.
    await new Promise<void>((resolve) => socket.send('b', () => resolve()));
    expect(frames).toEqual([]);
    connection.resume();
    await waitUntil('the frames came', () => frames.length === 2);
  });

  it('ends a connection on which nothing comes in between two pings', async () => {
    const peer = await startPeer({ answersPings: false });
    const [connection] = await open(peer);

    expect(await connection.closed).toContain('nothing came in between two pings');
  });

  it('stays open while pings are answered, and while frames come instead of pongs', async () => {
    const peer = await startPeer({ answersPings: false });
    const [connection, socket] = await open(peer);
    let isClosed = false;
    void connection.closed.then(() => {
      isClosed = true;
    });
    let pings = 0;
    socket.on('ping', () => {
      pings++;
      socket.send('still here');
    });
    await waitUntil('several pings have passed', () => pings >= 5);

    expect(isClosed).toBe(false);
  });

  it('closes in order: what was acknowledged before arrives before', async () => {
    const peer = await startPeer();
    const [connection, socket] = await open(peer);
    const seen: string[] = [];
    socket.on('message', (data) => seen.push(String(data)));
    socket.on('close', (code) => seen.push(`closed ${code}`));
    for (let at = 0; at < 100; at++) connection.acknowledge(`${at}`);
    await connection.close();
    await waitUntil('the peer saw the end', () => seen.at(-1) === 'closed 1000');

    expect(seen).toHaveLength(101);
  });

  it('drops an acknowledgement once it is closed', async () => {
    const peer = await startPeer();
    const [connection] = await open(peer);
    await connection.close();

    expect(() => connection.acknowledge('late')).not.toThrow();
  });
});
