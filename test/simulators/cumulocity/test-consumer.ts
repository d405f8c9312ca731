import { once } from 'node:events';
import type { WebSocket } from 'ws';
import type { JsonBody } from './json-body.js';

/** One frame, taken apart. */
export interface ReceivedNotification {
  readonly ackId: string;
  readonly channel: string;
  readonly action: string;
  readonly extra: readonly string[];
  readonly body: string;
}

function parseFrame(frame: string): ReceivedNotification {
  const end = frame.indexOf('\n\n');
  const [ackId = '', channel = '', action = '', ...extra] = frame.slice(0, end).split('\n');
  return { ackId, channel, action, extra, body: frame.slice(end + 2) };
}

/** A Notification 2.0 client that keeps everything it gets and acknowledges only when told to. */
export class TestConsumer {
  readonly socket: WebSocket;
  readonly received: ReceivedNotification[] = [];
  #wake: (() => void) | undefined;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('message', (frame) => {
      this.received.push(parseFrame(frame.toString()));
      this.#wake?.();
    });
  }

  /** Waits until at least so many notifications have come. */
  async atLeast(count: number): Promise<readonly ReceivedNotification[]> {
    while (this.received.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.received;
  }

  /** The notifications' bodies, as objects. */
  bodies(): JsonBody[] {
    return this.received.map((notification) => JSON.parse(notification.body) as JsonBody);
  }

  /**
   * The body of one notification, as an object.
   *
   * @throws Error when it has not come
   */
  bodyAt(index: number): JsonBody {
    const body = this.bodies()[index];
    if (body === undefined) throw new Error(`notification ${index} has not come`);
    return body;
  }

  /** Acknowledges one. */
  ack(notification: ReceivedNotification | undefined): void {
    this.socket.send(notification?.ackId ?? '');
  }

  /** Returns when the server has taken in everything sent before, and everything it sends at once has come. */
  async barrier(): Promise<void> {
    for (let round = 0; round < 2; round++) {
      const pong = once(this.socket, 'pong');
      this.socket.ping();
      await pong;
    }
  }

  /** Closes in order and waits for the end. */
  async close(): Promise<void> {
    const closed = once(this.socket, 'close');
    this.socket.close();
    await closed;
  }
}
