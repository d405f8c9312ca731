/** One connection of a client: its claims, its links and the nodes it talks to. */
import { parseAddress } from './addresses.js';
import { attachReceiver, attachSender } from './attach.js';
import type { Broker } from './broker.js';
import { putToken } from './cbs.js';
import { Claims } from './claims.js';
import { claimExpired } from './hub-errors.js';
import { acceptAttach, type HubLink } from './hub-link.js';
import { readProperties } from './management.js';
import { ReplyLink, readRequest } from './reply-link.js';
import type { WireConnection, WireContext, WireReceiver, WireSender, WireSession } from './rhea-wire.js';
import { type AmqpError, accepted, rejected } from './rhea-wire.js';

type NodeKind = 'cbs' | 'management';

/** Requests a client may have open at one node. */
const requestCredit = 100;

/** Longest delay of a Node.js timer, in milliseconds. */
const longestTimerMs = 0x7fffffff;

/**
 * Serves the links of one connection. Claims belong to the connection, as in the service.
 */
export class ClientConnection {
  readonly wire: WireConnection;
  readonly claims = new Claims();
  /** Unix time in milliseconds. */
  readonly connectedAtMs = Date.now();
  /** When the last link was attached or detached, Unix time in milliseconds. */
  lastLinkChangeMs = Date.now();
  readonly #broker: Broker;
  readonly #hubLinks = new Map<WireReceiver | WireSender, HubLink>();
  readonly #replyLinks = new Map<WireReceiver | WireSender, ReplyLink>();
  #expiryTimer: NodeJS.Timeout | undefined;

  /** @param broker the namespace the connection is to. */
  constructor(wire: WireConnection, broker: Broker) {
    this.wire = wire;
    this.#broker = broker;
  }

  /** The links to hubs that the client has not detached, and those it was told to give up and has not yet. */
  get hubLinks(): readonly HubLink[] {
    return [...this.#hubLinks.values()];
  }

  /** Whether any link is open, to a hub or to a node. */
  get hasLinks(): boolean {
    return this.#hubLinks.size + this.#replyLinks.size > 0;
  }

  /** A client attaches a link to send on. The nodes are open to everybody: their requests carry tokens. */
  openReceiver(link: WireReceiver): void {
    this.lastLinkChangeMs = Date.now();
    const node = this.#nodeOf(link.target?.address);
    if (node === undefined) {
      this.#admit(link, attachSender(link, { broker: this.#broker, claims: this.claims }));
    } else {
      acceptAttach(link, this.#broker.maxMessageBytes);
      link.on('message', (context) => this.#answer(node, context));
      link.add_credit(requestCredit);
    }
  }

  /** A client attaches a link to receive on. */
  openSender(link: WireSender): void {
    this.lastLinkChangeMs = Date.now();
    const node = this.#nodeOf(link.source?.address);
    if (node === undefined) {
      this.#admit(link, attachReceiver(link, { broker: this.#broker, claims: this.claims }));
    } else {
      acceptAttach(link, this.#broker.maxMessageBytes);
      const replies = new ReplyLink(node, link);
      this.#replyLinks.set(link, replies);
      link.on('sendable', () => replies.flush());
    }
  }

  /** Detaches a link to a hub with an error. It counts as open until the client has answered. */
  detach(hubLink: HubLink, error: AmqpError): void {
    hubLink.release();
    hubLink.link.close(error);
  }

  /** A link is gone. */
  linkClosed(link: WireReceiver | WireSender): void {
    this.lastLinkChangeMs = Date.now();
    this.#hubLinks.get(link)?.release();
    // rhea uses the same object when the client attaches again under the same name at once.
    link.removeAllListeners();
    this.#hubLinks.delete(link);
    this.#replyLinks.delete(link);
  }

  /** A session is gone, and its links with it. */
  sessionClosed(session: WireSession): void {
    for (const link of [...this.#hubLinks.keys(), ...this.#replyLinks.keys()]) {
      if (link.session === session) this.linkClosed(link);
    }
  }

  /** The connection is gone. */
  closed(): void {
    clearTimeout(this.#expiryTimer);
    for (const link of [...this.#hubLinks.keys(), ...this.#replyLinks.keys()]) this.linkClosed(link);
  }

  #nodeOf(address: string | null | undefined): NodeKind | undefined {
    const kind = parseAddress(address ?? '')?.kind;
    return kind === 'cbs' || kind === 'management' ? kind : undefined;
  }

  #admit(link: WireReceiver | WireSender, hubLink: HubLink | undefined): void {
    if (hubLink) this.#hubLinks.set(link, hubLink);
  }

  #answer(node: NodeKind, { delivery, message, session, receiver }: WireContext): void {
    if (!delivery || !message || !session || !receiver) return;
    try {
      const request = readRequest(message, session);
      const response =
        node === 'cbs'
          ? putToken(request, this.claims, this.#broker)
          : readProperties(request, this.claims, this.#broker);
      const fitting = [...this.#replyLinks.values()].filter((link) => link.answers(node, request));
      // Several links may have the same address; a request and its answer are on one session then.
      const replies = fitting.find(({ link }) => link.session === session) ?? fitting[0];
      delivery.update(true, accepted);
      replies?.send(request, response);
      if (node === 'cbs') this.#watchExpiry();
    } catch (error) {
      const description = error instanceof Error ? error.message : String(error);
      delivery.update(true, rejected({ condition: 'amqp:decode-error', description }));
    }
    receiver.add_credit(1);
  }

  /** Detaches the links whose claim has run out, as the service does when a token is not renewed. */
  #watchExpiry(): void {
    clearTimeout(this.#expiryTimer);
    const next = this.claims.nextExpiryMs(Date.now());
    if (next === undefined) return;
    const delayMs = Math.min(next - Date.now() + 1, longestTimerMs);
    this.#expiryTimer = setTimeout(() => this.#detachExpired(), delayMs);
    this.#expiryTimer.unref();
  }

  #detachExpired(): void {
    for (const hubLink of [...this.#hubLinks.values()]) {
      const right = hubLink.direction === 'send' ? 'Send' : 'Listen';
      if (this.claims.allow(hubLink.path, right, Date.now())) continue;
      const resource = this.#broker.resourceUri(hubLink.path);
      this.detach(hubLink, claimExpired(hubLink.link.name, right, resource));
    }
    this.#watchExpiry();
  }
}
