/** A listening port that can be taken away and put back. */
import type { AddressInfo, Server, Socket } from 'node:net';

/**
 * Listens with a server made anew each time, always on the port of the first time.
 */
export class Listener {
  readonly #host: string;
  readonly #create: () => Server;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port: number;

  /**
   * @param port 0 for any free one.
   * @param create makes the server, with its handlers.
   */
  constructor(host: string, port: number, create: () => Server) {
    this.#host = host;
    this.#port = port;
    this.#create = create;
  }

  /** The port in use, also while nothing listens. */
  get port(): number {
    return this.#port;
  }

  /**
   * Begins to listen; does nothing when it does already.
   *
   * @throws when the port is taken.
   */
  async listen(): Promise<void> {
    if (this.#server) return;
    const server = this.#create();
    this.#server = server;
    server.on('connection', (socket) => this.#track(socket));
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host: this.#host, port: this.#port }, resolve);
      });
    } catch (error) {
      this.#server = undefined;
      throw error;
    }
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Stops listening and destroys every socket. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = server && new Promise<void>((resolve) => server.close(() => resolve()));
    this.cut();
    await closed;
  }

  /** Destroys every socket. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
