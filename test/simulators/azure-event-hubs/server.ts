/** AMQP connections, whatever carries them; what the frames mean is not decided here. */
import type { Duplex } from 'node:stream';
import type { Broker } from './broker.js';
import { ClientConnection } from './client-connection.js';
import type { HubLink } from './hub-link.js';
import { patchRhea } from './rhea-patches.js';
import {
  type AmqpError,
  createContainer,
  type WireConnection,
  type WireContainer,
  type WireContext,
} from './rhea-wire.js';

/** What the service announces on every connection, and rhea's own behaviour switched off where it decides for us. */
const connectionOptions = {
  max_frame_size: 65_536,
  channel_max: 4999,
  idle_time_out: 240_000,
  tcp_no_delay: true,
  properties: {},
  receiver_options: { autoaccept: false, credit_window: 0 },
};

/** Highest link handle per session; the Python SDK needs the field to be there. */
const handleMax = 4999;

/** Which links are meant: those of one direction, those to one hub; default all. */
export interface LinkScope {
  readonly direction?: HubLink['direction'] | undefined;
  readonly hub?: string | undefined;
}

/** Events that only need to be heard: an unheard error event ends the process. */
const quietEvents = [
  'error',
  'protocol_error',
  'connection_error',
  'connection_close',
  'disconnected',
  'session_error',
  'receiver_error',
  'sender_error',
];

/**
 * Serves AMQP on sockets and streams given to it.
 */
export class AmqpServer {
  readonly #broker: Broker;
  readonly #container: WireContainer;
  readonly #connections = new Map<WireConnection, ClientConnection>();

  /** @param broker the namespace clients connect to. */
  constructor(broker: Broker) {
    patchRhea();
    this.#broker = broker;
    this.#container = createContainer('local-event-hubs');
    this.#offerMechanisms();
    this.#listenToLinks();
  }

  /** The connections that are open now. */
  get connections(): readonly ClientConnection[] {
    return [...this.#connections.values()];
  }

  /** Serves a connection on a socket or any other stream of bytes. */
  accept(socket: Duplex): void {
    const wire = this.#container.create_connection(connectionOptions);
    const connection = new ClientConnection(wire, this.#broker);
    this.#connections.set(wire, connection);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#forget(connection));
    wire.accept(socket);
  }

  /** How many links to hubs are open on which events go this way. */
  countLinks(direction: HubLink['direction']): number {
    const links = this.connections.flatMap((connection) => connection.hubLinks);
    return links.filter((link) => link.direction === direction).length;
  }

  /** Detaches links to hubs with an error. */
  detachLinks(error: AmqpError, scope: LinkScope = {}): void {
    for (const connection of this.connections) {
      for (const link of connection.hubLinks) if (isMeant(link, scope)) connection.detach(link, error);
    }
  }

  /** Closes every connection with an error and waits for no answer. */
  closeConnections(error: AmqpError): void {
    for (const { wire } of this.connections) wire.close(error);
  }

  /** Destroys sockets: those with such a link, or all. */
  cut(scope?: LinkScope): void {
    for (const connection of this.#connectionsWith(scope)) {
      connection.wire.socket.destroy();
      this.#forget(connection);
    }
  }

  /** Reads and writes nothing more on the connections with such a link, or on all, and leaves them open. */
  silence(scope?: LinkScope): void {
    for (const { wire } of this.#connectionsWith(scope)) {
      wire.socket_ready = false;
      wire.socket.pause();
    }
  }

  #connectionsWith(scope: LinkScope | undefined): readonly ClientConnection[] {
    const { connections } = this;
    if (scope === undefined) return connections;
    return connections.filter(({ hubLinks }) => hubLinks.some((link) => isMeant(link, scope)));
  }

  #forget(connection: ClientConnection): void {
    const { wire } = connection;
    if (!this.#connections.delete(wire)) return;
    connection.closed();
    // rhea does not listen for `close`: without this its timers outlive a destroyed socket.
    wire._disconnected();
    wire.socket_ready = false;
  }

  /** Clients choose by name; all three say nothing about who they are, since rights come from tokens. */
  #offerMechanisms(): void {
    const mechanisms = this.#container.sasl_server_mechanisms;
    mechanisms.enable_anonymous();
    mechanisms['MSSBCBS'] = mechanisms['ANONYMOUS'];
    mechanisms['EXTERNAL'] = mechanisms['ANONYMOUS'];
  }

  #listenToLinks(): void {
    this.#on('session_open', (_, { session }) => {
      if (session) session.local.begin.handle_max = handleMax;
    });
    this.#on('receiver_open', (connection, { receiver }) => receiver && connection.openReceiver(receiver));
    this.#on('sender_open', (connection, { sender }) => sender && connection.openSender(sender));
    this.#on('receiver_close', (connection, { receiver }) => receiver && connection.linkClosed(receiver));
    this.#on('sender_close', (connection, { sender }) => sender && connection.linkClosed(sender));
    this.#on('session_close', (connection, { session }) => session && connection.sessionClosed(session));
    for (const event of quietEvents) this.#container.on(event, () => undefined);
  }

  #on(event: string, listener: (connection: ClientConnection, context: WireContext) => unknown): void {
    this.#container.on(event, (context) => {
      const connection = this.#connections.get(context.connection);
      if (connection) listener(connection, context);
    });
  }
}

function isMeant(link: HubLink, { direction = link.direction, hub = link.hub }: LinkScope): boolean {
  return link.direction === direction && link.hub === hub;
}
