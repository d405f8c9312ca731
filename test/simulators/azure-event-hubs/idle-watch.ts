/** Idle rules of the service: links and connections on which nothing happens, or no token comes, are closed. */
import type { ClientConnection } from './client-connection.js';
import { connectionIdle, linkIdle } from './hub-errors.js';

/** The limits, in milliseconds; undefined for none. */
export interface IdleLimits {
  readonly linkIdleMs?: number | undefined;
  readonly connectionIdleMs?: number | undefined;
  readonly tokenDeadlineMs?: number | undefined;
}

/** Looks at all connections a few times within the shortest limit. */
export class IdleWatch {
  readonly #connections: () => Iterable<ClientConnection>;
  readonly #limits: IdleLimits;
  readonly #timer: NodeJS.Timeout | undefined;

  /** @param connections gives those that are open at the time. */
  constructor(connections: () => Iterable<ClientConnection>, limits: IdleLimits) {
    this.#connections = connections;
    this.#limits = limits;
    const given = [limits.linkIdleMs, limits.connectionIdleMs, limits.tokenDeadlineMs];
    const shortestMs = Math.min(...given.map((limit) => limit ?? Number.POSITIVE_INFINITY));
    if (shortestMs === Number.POSITIVE_INFINITY) return;
    this.#timer = setInterval(() => this.#look(), Math.max(5, shortestMs / 4));
    this.#timer.unref();
  }

  /** Ends it. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const connection of [...this.#connections()]) {
      this.#detachIdleLinks(connection);
      this.#closeIdle(connection);
      this.#dropWithoutToken(connection);
    }
  }

  #detachIdleLinks(connection: ClientConnection): void {
    const { linkIdleMs } = this.#limits;
    if (linkIdleMs === undefined) return;
    for (const link of [...connection.hubLinks]) {
      if (Date.now() - link.lastActiveMs < linkIdleMs) continue;
      const origin = link.direction === 'send' ? 'publisher' : 'receiver';
      connection.detach(link, linkIdle(link.link.name, origin, linkIdleMs));
    }
  }

  #closeIdle(connection: ClientConnection): void {
    const { connectionIdleMs } = this.#limits;
    if (connectionIdleMs === undefined || connection.hasLinks) return;
    if (Date.now() - connection.lastLinkChangeMs < connectionIdleMs) return;
    connection.wire.close(connectionIdle(connectionIdleMs));
  }

  /** The service says nothing to such a client, it just goes. A claim that has expired since counts as one. */
  #dropWithoutToken(connection: ClientConnection): void {
    const { tokenDeadlineMs } = this.#limits;
    if (tokenDeadlineMs === undefined || !connection.claims.isEmpty(0)) return;
    if (Date.now() - connection.connectedAtMs >= tokenDeadlineMs) connection.wire.socket.destroy();
  }
}
