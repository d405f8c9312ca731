import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** What the listener hands requests to. */
export interface RequestHandlers {
  readonly request: (request: IncomingMessage, response: ServerResponse) => void;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/** The listening socket of the platform. It can be closed and opened again on the same port. */
export class HttpListener {
  readonly #handlers: RequestHandlers;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port: number;

  /** @param port TCP port on 127.0.0.1; 0 takes any free one at the first opening */
  constructor(port: number, handlers: RequestHandlers) {
    this.#port = port;
    this.#handlers = handlers;
  }

  /** TCP port, known once open. */
  get port(): number {
    return this.#port;
  }

  /**
   * Starts listening; does nothing when it already does.
   *
   * @throws the system error when the port is taken
   */
  async open(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer(this.#handlers.request);
    // Longer than a client keeps an idle connection, so that reuse does not race with closing.
    server.keepAliveTimeout = 60_000;
    this.#server = server;
    server.on('upgrade', (request, socket, head) => {
      // A peer may break off at any time; without a listener the error would end the process.
      socket.on('error', () => socket.destroy());
      this.#handlers.upgrade(request, socket, head);
    });
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Stops listening and destroys every connection. */
  async close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
