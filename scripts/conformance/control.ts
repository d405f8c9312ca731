/** A tiny HTTP endpoint on loopback by which client programs in any language order faults and tokens. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a client may order: the words of the path, and what is done for them; a text goes back to the client. */
export type Orders = Readonly<Record<string, (argument: number) => Promise<string> | string>>;

/** Answers `POST /<order>[/<number>]`. */
export class Control {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Begins to listen on any free port of 127.0.0.1. */
  static async start(orders: Orders): Promise<Control> {
    const server = createServer((request, response) => {
      request.resume();
      obey(request.method ?? '', request.url ?? '', orders).then(
        (text) => response.end(text),
        (error: unknown) => response.writeHead(404).end(String(error)),
      );
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen({ host: '127.0.0.1', port: 0 }, resolve);
    });
    return new Control(server);
  }

  /** Where it listens. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Stops listening and ends its connections. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

async function obey(method: string, path: string, orders: Orders): Promise<string> {
  const match = /^\/(.+?)(?:\/(\d+))?$/.exec(path);
  const order = match?.[1] === undefined ? undefined : orders[match[1]];
  if (method !== 'POST' || !order) throw new RangeError(`there is no order ${method} ${path}`);
  return order(Number(match?.[2] ?? 0));
}
