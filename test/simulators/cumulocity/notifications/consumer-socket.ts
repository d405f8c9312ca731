import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { FrameSink } from './consumer.js';

const TEXT = { binary: false } as const;
/** Close codes are not documented; these are the standard ones for "done" and "going away". */
const NORMAL_CLOSURE = 1000;
const GOING_AWAY = 1001;

/** One consumer socket: frames out, pongs, idle closing, and the ways it can break. */
export class ConsumerSocket implements FrameSink {
  readonly #webSocket: WebSocket;
  readonly #tcp: Duplex;
  readonly #idleCloseMs: number;
  #idleTimer: NodeJS.Timeout;
  #lastActivityMs = Date.now();
  #silent = false;

  /**
   * @param tcp stream below the WebSocket; corked while a window is sent
   * @param idleCloseMs time without any frame after which the socket is closed
   */
  constructor(webSocket: WebSocket, tcp: Duplex, idleCloseMs: number) {
    this.#webSocket = webSocket;
    this.#tcp = tcp;
    this.#idleCloseMs = idleCloseMs;
    this.#idleTimer = this.#watch(idleCloseMs);
    webSocket.on('ping', (data) => {
      this.touch();
      if (!this.#silent) webSocket.pong(data);
    });
    // A peer that breaks off is told by 'close'; without a listener the error would end the process.
    webSocket.on('error', () => webSocket.terminate());
    webSocket.on('close', () => clearTimeout(this.#idleTimer));
  }

  /** Notes a sign of life in either direction. */
  touch(): void {
    this.#lastActivityMs = Date.now();
  }

  send(frame: Buffer): void {
    if (this.#silent) return;
    this.#lastActivityMs = Date.now();
    this.#webSocket.send(frame, TEXT);
  }

  cork(): void {
    this.#tcp.cork();
  }

  uncork(): void {
    this.#tcp.uncork();
  }

  close(): void {
    // A silenced socket cannot say goodbye.
    if (this.#silent) this.#webSocket.terminate();
    else this.#webSocket.close(GOING_AWAY);
  }

  cut(): void {
    this.#webSocket.terminate();
  }

  /**
   * Makes the socket half-open: nothing that arrives is read any more, nothing is sent, TCP stays. Only the end
   * of the TCP connection is still noticed.
   */
  silence(): void {
    this.#silent = true;
    clearTimeout(this.#idleTimer);
    this.#tcp.removeAllListeners('data');
    this.#tcp.on('data', () => {});
  }

  /** One timer per socket that looks at the last activity when it fires, so that frames cost no timer. */
  #watch(delayMs: number): NodeJS.Timeout {
    const timer = setTimeout(() => {
      const restMs = this.#lastActivityMs + this.#idleCloseMs - Date.now();
      if (restMs <= 0) this.#webSocket.close(NORMAL_CLOSURE);
      else this.#idleTimer = this.#watch(restMs);
    }, delayMs);
    return timer.unref();
  }
}
