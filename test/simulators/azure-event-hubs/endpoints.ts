/** The ports of a namespace: AMQP, AMQP over TLS, and HTTPS with AMQP over WebSocket. */
import { createServer as createHttpsServer } from 'node:https';
import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Broker } from './broker.js';
import { Listener } from './listener.js';
import { answerRest } from './rest.js';
import type { AmqpServer } from './server.js';
import { WebSocketDoor } from './web-socket-door.js';

/** Where to listen. */
export interface EndpointOptions {
  readonly host: string;
  readonly amqpPort: number;
  readonly tls?: TlsEndpoints | undefined;
}

/** Key and certificate in PEM, and the ports of what uses them; 0 or none for any free one. */
export interface TlsEndpoints {
  readonly key: string;
  readonly cert: string;
  readonly port?: number;
  readonly httpsPort?: number;
}

/**
 * Opens and closes all ports of a namespace together.
 */
export class Endpoints {
  readonly #amqp: Listener;
  readonly #amqps: Listener | undefined;
  readonly #https: Listener | undefined;

  /** @param server serves every connection, whichever way it comes. */
  constructor({ host, amqpPort, tls }: EndpointOptions, server: AmqpServer, broker: Broker) {
    this.#amqp = new Listener(host, amqpPort, () => createServer((socket) => server.accept(socket)));
    if (!tls) return;
    this.#amqps = new Listener(host, tls.port ?? 0, () =>
      createTlsServer({ key: tls.key, cert: tls.cert }, (socket) => server.accept(socket)),
    );
    const door = new WebSocketDoor(server);
    this.#https = new Listener(host, tls.httpsPort ?? 0, () => {
      const https = createHttpsServer({ key: tls.key, cert: tls.cert }, (request, response) =>
        answerRest(request, response, broker),
      );
      return https.on('upgrade', (request, socket, head) => door.open(request, socket, head));
    });
  }

  /** Port of plain AMQP. */
  get amqpPort(): number {
    return this.#amqp.port;
  }

  /** Port of AMQP over TLS, if there is one. */
  get amqpsPort(): number | undefined {
    return this.#amqps?.port;
  }

  /** Port of HTTPS, if there is one. */
  get httpsPort(): number | undefined {
    return this.#https?.port;
  }

  /**
   * Begins to listen on all ports.
   *
   * @throws when one is taken; then none is listened on.
   */
  async listen(): Promise<void> {
    try {
      await Promise.all(this.#all().map((listener) => listener.listen()));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Stops listening on all ports and destroys every socket. */
  async close(): Promise<void> {
    await Promise.all(this.#all().map((listener) => listener.close()));
  }

  /** Destroys every socket. */
  cut(): void {
    for (const listener of this.#all()) listener.cut();
  }

  #all(): Listener[] {
    return [this.#amqp, this.#amqps, this.#https].filter((listener) => listener !== undefined);
  }
}
