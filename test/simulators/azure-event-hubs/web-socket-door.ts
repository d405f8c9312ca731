/** AMQP over WebSocket: the byte stream of AMQP cut into binary messages. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, WebSocketServer } from 'ws';
import type { AmqpServer } from './server.js';

/** Subprotocols the SDKs ask for: most the first, some the second. */
const subprotocols = ['AMQPWSB10', 'amqp'];

/** Some SDKs end the path with a slash, and some name the whole URI (RFC 9112 section 3.2.2). */
const path = /^(?:(?:https|wss):\/\/[^/]+)?\/\$servicebus\/websocket\/?(\?|$)/;

/**
 * Turns upgrade requests into AMQP connections.
 */
export class WebSocketDoor {
  readonly #server: AmqpServer;
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    handleProtocols: (offered) => subprotocols.find((name) => offered.has(name)) ?? false,
  });

  /** @param server serves the connections. */
  constructor(server: AmqpServer) {
    this.#server = server;
  }

  /** Answers one upgrade request; a path that is not AMQP's gets 404. */
  open(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!path.test(request.url ?? '')) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.#server.accept(createWebSocketStream(webSocket));
    });
  }
}
