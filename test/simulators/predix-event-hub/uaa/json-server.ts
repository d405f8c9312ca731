import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** What a request is answered with. */
export interface JsonAnswer {
  /** HTTP status. */
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where and how a server listens. */
export interface JsonServerOptions {
  /** Key and certificate in PEM; plain HTTP without. */
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
  /** TCP port on 127.0.0.1; absent or 0 takes any free one. */
  readonly port?: number | undefined;
}

/** A request that is refused: the status, and what the body says. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
  /** HTTP status. */
  readonly status: number;
  /** Value of `error` in the body. */
  readonly error: string;
  readonly headers: Readonly<Record<string, string>>;

  /** @param description value of `error_description` in the body */
  constructor(status: number, error: string, description: string, headers: Record<string, string> = {}) {
    super(description);
    this.status = status;
    this.error = error;
    this.headers = headers;
  }
}

// A token has up to 60,000 characters (Predix contract, section 9) and travels in a header; Node.js allows 16 KiB.
const MAX_HEADER_BYTES = 128 * 1024;

function asJsonError(thrown: unknown): JsonError {
  if (thrown instanceof JsonError) return thrown;
  return new JsonError(500, 'server_error', 'The request could not be handled.');
}

function errorAnswer({ status, error, message, headers }: JsonError): JsonAnswer {
  return { status, body: { error, error_description: message }, headers };
}

/** Path of a request without its query. It is taken as sent: `URL` would throw at some, and rewrite others. */
export function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}

/** An HTTP or HTTPS server on this machine whose every answer is JSON, whatever a client sends. */
export class JsonServer {
  readonly #server: Server;
  readonly #scheme: 'http' | 'https';
  readonly #sockets = new Set<Socket>();
  #port = 0;

  private constructor(
    handle: (request: IncomingMessage) => Promise<JsonAnswer>,
    tls: JsonServerOptions['tls'],
  ) {
    this.#scheme = tls === undefined ? 'http' : 'https';
    const options = { maxHeaderSize: MAX_HEADER_BYTES };
    this.#server =
      tls === undefined
        ? createHttpServer(options)
        : createHttpsServer({ ...options, key: tls.key, cert: tls.cert });
    this.#server.on('request', async (request, response) => {
      const answer = await handle(request).catch((thrown: unknown) => errorAnswer(asJsonError(thrown)));
      response.writeHead(answer.status, {
        'Content-Type': 'application/json;charset=UTF-8',
        ...answer.headers,
      });
      response.end(JSON.stringify(answer.body));
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  /**
   * Starts listening on 127.0.0.1.
   *
   * @param handle answers a request; a {@link JsonError} it throws becomes its answer, anything else a 500
   * @throws the system error when the port is taken
   */
  static async start(
    handle: (request: IncomingMessage) => Promise<JsonAnswer>,
    { tls, port = 0 }: JsonServerOptions,
  ): Promise<JsonServer> {
    const started = new JsonServer(handle, tls);
    started.#server.listen(port, '127.0.0.1');
    await once(started.#server, 'listening');
    started.#port = (started.#server.address() as AddressInfo).port;
    return started;
  }

  /** Scheme, host and port; also after it was stopped. */
  get url(): string {
    return `${this.#scheme}://localhost:${this.#port}`;
  }

  /** Stops it; no handle stays open. Doing it again does nothing. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    // Not `closeAllConnections`: it does not know of connections whose TLS handshake is not finished.
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
