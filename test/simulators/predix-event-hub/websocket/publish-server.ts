/** Publishing over WebSocket: the address that publishers connect to (Predix contract, section 6). */
import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Access, Admission } from '../access.js';
import type { Sockets } from '../faults.js';
import type { Publication } from '../publish/publication.js';
import { pathOf } from '../uaa/json-server.js';
import type { WsAckStyle } from './ack-json.js';
import { type SocketRules, servePublishSocket } from './publish-socket.js';
import { answerBody, answerFor, refuseUpgrade } from './upgrade-answer.js';
import { readClaimed, readWsAckOptions } from './upgrade-headers.js';

/** How the server is set up. */
export interface PublishServerOptions {
  readonly access: Pick<Access, 'admit'>;
  readonly publicationFor: (admission: Admission) => Publication;
  /** Called before each frame of acknowledgements; `false`: they are lost with the socket. */
  readonly mayAnswer: () => boolean;
  /** Key and certificate in PEM; undefined: plain text. */
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
  /** TCP port on 127.0.0.1; 0, the default, for any free one. */
  readonly port?: number;
  /** Refuses clients that send no `Origin`; default false, as SDKs send none. */
  readonly requireOrigin?: boolean;
  /** Closes sockets when their token ends; default false. */
  readonly cutAtExpiry?: boolean;
  /** How acknowledgements are written; default `documented`. */
  readonly wsAckStyle?: WsAckStyle;
  /** Takes a line for each value that a client gives and that is out of range; default none. */
  readonly log?: (line: string) => void;
}

const publishPath = '/v1/stream/messages/';
/** With and without the slash at the end; some clients name the whole URI (RFC 9112, section 3.2.2). */
const publishTarget = /^(?:(?:http|ws)s?:\/\/[^/]+)?\/v1\/stream\/messages\/?$/;
/** A token has up to 60,000 characters; Node.js allows headers of 16 KB (Predix contract, section 16). */
const maxHeaderSize = 128 * 1024;
/** Above 1 MB, so that what is too large is answered, as on gRPC; above this, the socket is closed with 1009. */
const maxPayload = 4 * 1024 * 1024;

/** See the head of this file. */
export class PublishServer implements Sockets {
  readonly #options: PublishServerOptions;
  readonly #rules: SocketRules;
  readonly #server: Server;
  readonly #webSockets = new WebSocketServer({ noServer: true, maxPayload });
  readonly #connections = new Set<Socket>();

  private constructor(options: PublishServerOptions) {
    this.#options = options;
    const { tls, mayAnswer, wsAckStyle = 'documented', cutAtExpiry = false } = options;
    this.#rules = { ackStyle: wsAckStyle, cutAtExpiry, mayAnswer };
    this.#server =
      tls === undefined
        ? createHttpServer({ maxHeaderSize })
        : createHttpsServer({ maxHeaderSize, key: tls.key, cert: tls.cert });
    this.#server.on('request', answerWithoutUpgrade);
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#server.on('connection', (socket: Socket) => {
      this.#connections.add(socket);
      socket.on('close', () => this.#connections.delete(socket));
    });
  }

  /**
   * Starts listening on 127.0.0.1.
   *
   * @throws the system error when the port is taken.
   */
  static async start(options: PublishServerOptions): Promise<PublishServer> {
    const started = new PublishServer(options);
    started.#server.listen(options.port ?? 0, '127.0.0.1');
    await once(started.#server, 'listening');
    return started;
  }

  /** The URL to connect to, with its path. */
  get url(): string {
    const scheme = this.#options.tls === undefined ? 'ws' : 'wss';
    return `${scheme}://localhost:${(this.#server.address() as AddressInfo).port}${publishPath}`;
  }

  /** How many WebSockets are open. */
  get openSockets(): number {
    return this.#webSockets.clients.size;
  }

  /** Drops all connections without a word, also those that are being opened. */
  cut(): void {
    // Not the WebSockets: there is none yet while a token is being checked.
    for (const connection of this.#connections) connection.destroy();
  }

  /** Stops it; no handle stays open. Doing it again does nothing. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // The client may go away while the token is being checked.
    socket.on('error', () => undefined);
    const { headers } = request;
    if (!publishTarget.test(pathOf(request))) {
      refuseUpgrade(socket, notFound);
    } else if (this.#options.requireOrigin === true && headers.origin === undefined) {
      refuseUpgrade(socket, { status: 403, description: 'Missing Origin header' });
    } else {
      await this.#admit(request, socket, head);
    }
  }

  /** What the client sends before it is let in waits in its connection. */
  async #admit(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { headers } = request;
    try {
      const admission = await this.#options.access.admit(readClaimed(headers));
      const publication = this.#options.publicationFor(admission);
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        const ackOptions = readWsAckOptions(headers, (line) => this.#log(admission, line));
        const publisher = { admission, publication, ackOptions };
        servePublishSocket(webSocket, publisher, this.#rules);
      });
    } catch (thrown) {
      refuseUpgrade(socket, answerFor(thrown));
    }
  }

  #log({ zone, clientId }: Admission, line: string): void {
    this.#options.log?.(`zone ${zone}, client ${clientId}: ${line}`);
  }
}

const notFound = { status: 404, description: 'There is no resource at this path.' };

function answerWithoutUpgrade(request: IncomingMessage, response: ServerResponse): void {
  const isPublish = publishTarget.test(pathOf(request));
  const answer = isPublish ? { status: 426, description: 'Only WebSocket is spoken here.' } : notFound;
  response.writeHead(answer.status, {
    'Content-Type': 'application/json;charset=UTF-8',
    // Every 426 has to name a protocol (RFC 9110, section 15.5.22).
    ...(isPublish ? { Upgrade: 'websocket', Connection: 'Upgrade' } : {}),
  });
  response.end(answerBody(answer));
}
