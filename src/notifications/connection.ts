/**
 * One WebSocket to Cumulocity, from its handshake to its end; it never reconnects. It acknowledges, pings, and
 * finds out when the other side is gone. What happens next is for the `Consumer` above it.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { withAbort } from '../abort.js';
import { PlatformError, PlatformUnreachable } from '../errors.js';

/** Times of a connection in milliseconds. */
export interface ConnectionTiming {
  /** The longest a handshake may take. */
  readonly handshakeMs: number;
  /**
   * How often a ping is sent. A connection on which nothing at all came in between two pings is dead. Cumulocity
   * closes idle connections after 5 minutes (consumer protocol, keep-alive).
   */
  readonly pingMs: number;
  /** How long an orderly close waits for the other side. */
  readonly closeMs: number;
}

/** Receives each frame, with the connection on which it has to be acknowledged. */
export type OnFrame = (frame: Buffer, connection: Connection) => void;

/** The largest notification taken: Cumulocity's documents have at most 16 MB (service terms, quotas). */
const LARGEST_FRAME_BYTES = 32 * 1024 * 1024;

const CONSUMER = '/notification2/consumer';

/** Sent instead of an ack id, it removes the consumer; the platform then closes the connection (consumer protocol). */
const UNSUBSCRIBE = 'unsubscribe_subscriber';

/** An orderly end (RFC 6455, 7.4.1). */
const NORMAL_CLOSURE = 1000;

/** See the head of this file. */
export class Connection {
  /** Resolves with the reason once the connection is gone. Never rejects. */
  readonly closed: Promise<string>;
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  readonly #closeMs: number;
  readonly #pinging: NodeJS.Timeout;
  #isAlive = true;
  #isPaused = false;
  #isCorked = false;
  #failure = '';

  private constructor(webSocket: WebSocket, socket: Socket, timing: ConnectionTiming) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#closeMs = timing.closeMs;
    for (const event of ['message', 'ping', 'pong']) webSocket.on(event, () => this.#sawLife());
    webSocket.on('error', (error) => {
      this.#failure = error.message;
    });
    this.closed = new Promise((resolve) => {
      webSocket.on('close', (code, reason) => {
        clearInterval(this.#pinging);
        resolve(this.#failure === '' ? `closed with code ${code} ${reason}`.trimEnd() : this.#failure);
      });
    });
    this.#pinging = setInterval(() => this.#ping(), timing.pingMs);
  }

  /**
   * Connects.
   * @param url of the consumer, token included; it never appears in an error
   * @param timing see {@link ConnectionTiming}
   * @param onFrame called for each frame, also for those that come together with the handshake
   * @param signal gives the handshake up when aborted
   * @throws PlatformError when the upgrade was refused: 401 the token, 409 another client holds the consumer
   * @throws PlatformUnreachable on any other failure
   */
  static open(
    url: string,
    timing: ConnectionTiming,
    onFrame: OnFrame,
    signal: AbortSignal,
  ): Promise<Connection> {
    const webSocket = new WebSocket(url, {
      handshakeTimeout: timing.handshakeMs,
      maxPayload: LARGEST_FRAME_BYTES,
      perMessageDeflate: false,
      // A body that is not UTF-8 is forwarded as it is, too: failing the connection would make it come for ever.
      skipUTF8Validation: true,
    });
    return withAbort(signal, ({ signal: given }) => {
      given.addEventListener('abort', () => webSocket.terminate());
      if (given.aborted) webSocket.terminate();
      return Connection.#handshake(webSocket, `WebSocket ${new URL(url).origin}${CONSUMER}`, timing, onFrame);
    });
  }

  static #handshake(
    webSocket: WebSocket,
    what: string,
    timing: ConnectionTiming,
    onFrame: OnFrame,
  ): Promise<Connection> {
    return new Promise((resolve, reject) => {
      webSocket.once('upgrade', ({ socket }: IncomingMessage) => {
        const connection = new Connection(webSocket, socket, timing);
        webSocket.on('message', (data: Buffer) => onFrame(data, connection));
        webSocket.once('open', () => resolve(connection));
      });
      webSocket.once('unexpected-response', (_request, { statusCode }) => {
        reject(new PlatformError('GET', CONSUMER, statusCode ?? 0, 'upgrade refused'));
        webSocket.terminate();
      });
      webSocket.on('error', (error) => reject(new PlatformUnreachable(what, error)));
    });
  }

  /**
   * Acknowledges one notification that came on this connection. Does nothing once the connection is closed: the
   * notification comes again on the next one. The frames of one turn of the event loop leave together.
   */
  acknowledge(ackId: string): void {
    if (this.#webSocket.readyState !== WebSocket.OPEN) return;
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#isCorked = false;
        this.#socket.uncork();
      });
    }
    this.#webSocket.send(ackId);
  }

  /** Stops reading; what was read already may still be handed out. */
  pause(): void {
    this.#isPaused = true;
    this.#webSocket.pause();
  }

  /** Goes on reading. */
  resume(): void {
    this.#isPaused = false;
    this.#isAlive = true;
    this.#webSocket.resume();
  }

  /**
   * Removes the consumer and its backlog from within. Needs no user: the connection was made with a token.
   * Resolves when the platform has closed the connection, which it does whether it has succeeded or not.
   */
  async unsubscribe(): Promise<void> {
    this.resume();
    if (this.#webSocket.readyState === WebSocket.OPEN) this.#webSocket.send(UNSUBSCRIBE);
    await this.#closedBefore(this.#closeMs);
  }

  /** Closes in order: acknowledgements that were sent before arrive before. Resolves when closed. */
  async close(): Promise<void> {
    // A paused socket would never see the other side's answer.
    this.resume();
    this.#webSocket.close(NORMAL_CLOSURE);
    await this.#closedBefore(this.#closeMs);
  }

  async #closedBefore(ms: number): Promise<void> {
    const deadline = setTimeout(() => this.#webSocket.terminate(), ms);
    await this.closed;
    clearTimeout(deadline);
  }

  #sawLife(): void {
    this.#isAlive = true;
  }

  #ping(): void {
    // While paused no pong is read, so nothing can be said about the other side.
    if (this.#isPaused) return;
    // After a stall of this process the timer comes before the pongs that wait in the socket: read them first.
    setImmediate(() => {
      if (!this.#isAlive && !this.#isPaused) {
        this.#failure = 'nothing came in between two pings';
        this.#webSocket.terminate();
      } else if (this.#webSocket.readyState === WebSocket.OPEN) {
        this.#isAlive = false;
        this.#webSocket.ping();
      }
    });
  }
}
