/** A publisher over WebSocket, as a test needs it. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';

/** An acknowledgement as it is in a frame. */
export interface JsonAck {
  readonly id?: string;
  readonly status_code?: number;
  readonly desc?: string;
  readonly [field: string]: unknown;
}

/** How a socket ended. */
export interface Closing {
  readonly code: number;
  readonly reason: string;
}

/** See the head of this file. */
export class TestPublisher {
  readonly socket: WebSocket;
  /** The acknowledgements of each frame that came. */
  readonly frames: (readonly JsonAck[])[] = [];
  /** Whether all frames that came were binary. */
  isAllBinary = true;
  readonly closed: Promise<Closing>;

  /** @param socket of which nothing was read yet. */
  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer, isBinary) => {
      this.isAllBinary &&= isBinary;
      this.frames.push(JSON.parse(data.toString()) as JsonAck[]);
    });
    // A reset is what a cut looks like; `close` follows.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    onTestFinished(() => socket.terminate());
  }

  /** All acknowledgements that came. */
  get acks(): readonly JsonAck[] {
    return this.frames.flat();
  }

  /** Sends a frame: a text as it is, anything else as JSON; binary. */
  send(content: unknown): void {
    this.socket.send(Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)));
  }

  /**
   * Waits for so many acknowledgements, counted from the first.
   *
   * @throws when the socket is closed before.
   */
  async acked(count: number): Promise<readonly JsonAck[]> {
    while (this.acks.length < count) {
      await Promise.race([once(this.socket, 'message'), this.closed.then(() => failClosed())]);
    }
    return this.acks;
  }

  /** Sends a frame and waits for so many acknowledgements more. */
  async publish(content: unknown, count = 1): Promise<readonly JsonAck[]> {
    const before = this.acks.length;
    this.send(content);
    return (await this.acked(before + count)).slice(before);
  }
}

function failClosed(): never {
  throw new Error('the socket was closed');
}

/**
 * Opens a WebSocket; it is closed at the test's end.
 *
 * @param options of `ws`; headers among them.
 * @throws when it is refused.
 */
export async function openPublisher(url: string, options: ClientOptions): Promise<TestPublisher> {
  const publisher = new TestPublisher(new WebSocket(url, options));
  await Promise.race([once(publisher.socket, 'open'), publisher.closed.then(() => failClosed())]);
  return publisher;
}

/** How an upgrade was refused. */
export interface UpgradeRefusal {
  readonly status: number | undefined;
  readonly body: unknown;
}

/** Asks for a WebSocket that is refused. */
export async function refusedUpgrade(url: string, options: ClientOptions): Promise<UpgradeRefusal> {
  const socket = new WebSocket(url, options);
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  // It complains of being closed before it was open.
  socket.on('error', () => undefined).terminate();
  return { status: response.statusCode, body: JSON.parse(text) as unknown };
}
