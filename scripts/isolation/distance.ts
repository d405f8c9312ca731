/**
 * The distance to a hub: forwards TCP connections to a port of this machine and holds everything for a while, in both
 * directions. A hub in a data center is milliseconds away; next to one without any distance, the figures would tell of
 * little but how this machine divides its processors.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** See the head of this file. */
export class Distance {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, sockets: Set<Socket>) {
    this.#server = server;
    this.#sockets = sockets;
    this.port = (server.address() as AddressInfo).port;
  }

  /**
   * Listens on any free port.
   * @param target port on this machine
   * @param ms one way
   */
  static async start(target: number, ms: number): Promise<Distance> {
    const sockets = new Set<Socket>();
    const server = createServer((near) => {
      const far = connect(target, 'localhost');
      for (const socket of [near, far]) {
        socket.setNoDelay(true);
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
      }
      forward(near, far, ms);
      forward(far, near, ms);
    });
    server.listen(0, 'localhost');
    await once(server, 'listening');
    return new Distance(server, sockets);
  }

  /** Ends all connections. */
  async stop(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }
}

/** Timers of the same length run in the order in which they were made, so the bytes stay in order. */
function forward(from: Socket, to: Socket, ms: number): void {
  from.on('data', (bytes) => setTimeout(() => to.write(bytes), ms));
  from.on('error', () => undefined);
  from.on('close', () => to.destroy());
}
