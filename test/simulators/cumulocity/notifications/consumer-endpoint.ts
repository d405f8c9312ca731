import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Platform } from '../platform.js';
import { Consumer } from './consumer.js';
import { ConsumerSocket } from './consumer-socket.js';
import type { Subscriber } from './subscriber.js';
import type { TokenGrant } from './token.js';
import type { Topic } from './topic.js';

const PATH = /^\/notification2\/consumer\/?$/;
const UNSUBSCRIBE = 'unsubscribe_subscriber';
/** First ledger number; the size is that of documented ack ids. */
const FIRST_LEDGER = 14_000;

/** A connected consumer, with the tenant it reads. */
export interface ConnectedConsumer {
  readonly tenant: string;
  readonly consumer: Consumer;
  readonly socket: ConsumerSocket;
}

/** Refuses an upgrade with a plain HTTP answer, which is how the platform says 401 and 409. */
export function refuseUpgrade(socket: Duplex, status: number): void {
  const text = STATUS_CODES[status] ?? 'Error';
  const head = [
    `HTTP/1.1 ${status} ${text}`,
    'Connection: close',
    'Content-Type: text/plain',
    `Content-Length: ${Buffer.byteLength(text)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
}

/** Whether the path is that of the consumer socket, with or without trailing slash. */
export function isConsumerPath(path: string): boolean {
  return PATH.test(path);
}

/** The WebSocket side of Notification 2.0: checks upgrades and joins each socket to its subscriber. */
export class ConsumerEndpoint {
  readonly #platform: Platform;
  // Pongs are sent by hand: a silenced socket must not answer pings. Compression is not known to be used.
  readonly #server = new WebSocketServer({ noServer: true, autoPong: false, perMessageDeflate: false });
  readonly #connected = new Set<ConnectedConsumer>();
  #lastLedger = FIRST_LEDGER;
  #anonymous = 0;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** The connected consumers of a tenant, or all. */
  connected(tenant?: string): ConnectedConsumer[] {
    return [...this.#connected].filter((one) => tenant === undefined || one.tenant === tenant);
  }

  /** Accepts an upgrade or refuses it with an HTTP status; never rejects. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
    const grant = await this.#platform.tokens.verify(query.get('token') ?? '');
    const fault = this.#platform.faults.takeUpgradeFault(grant?.tenant);
    const tenant = this.#platform.tenants.get(grant?.tenant ?? '');
    if (fault !== undefined || grant === undefined || tenant === undefined) {
      // A missing token is answered like an invalid one; the platform's status for it is not documented.
      refuseUpgrade(socket, fault ?? 401);
      return;
    }
    const existing = tenant
      .findTopic(grant.subscription, grant.nonPersistent)
      ?.subscribers.get(grant.subscriber);
    if (existing?.accepts(grant.shared) === false) {
      refuseUpgrade(socket, 409);
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const topic = tenant.topic(grant.subscription, grant.nonPersistent);
      const name = query.get('consumer') ?? `anonymous-${++this.#anonymous}`;
      this.#join(webSocket, socket, topic, grant, name);
    });
  }

  #join(webSocket: WebSocket, tcp: Duplex, topic: Topic, grant: TokenGrant, name: string): void {
    const subscriber = topic.subscriber(grant.subscriber);
    subscriber.shared = grant.shared;
    const { faults, settings } = this.#platform;
    const socket = new ConsumerSocket(webSocket, tcp, settings.idleCloseMs);
    const consumer = new Consumer(subscriber, name, socket, () => ++this.#lastLedger);
    const connected = { tenant: grant.tenant, consumer, socket };
    this.#connected.add(connected);
    webSocket.on('message', (frame, isBinary) => {
      socket.touch();
      // What a binary frame does is not documented; it is ignored.
      if (!isBinary) this.#receive(frame.toString(), consumer, topic, subscriber);
    });
    webSocket.on('close', (code) => {
      this.#connected.delete(connected);
      // 1006: no close frame. The platform takes such a socket for alive until it notices.
      if (code === 1006 && !grant.shared) subscriber.blockedUntilMs = Date.now() + faults.lingerMs;
      subscriber.detach(consumer);
    });
    subscriber.attach(consumer);
  }

  #receive(text: string, consumer: Consumer, topic: Topic, subscriber: Subscriber): void {
    if (text === UNSUBSCRIBE) {
      topic.unsubscribe(subscriber.name);
      consumer.close();
    } else if (!this.#platform.faults.acksHeld) consumer.acknowledge(text);
  }
}
