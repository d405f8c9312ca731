/** Idle rules of the service: links and connections on which nothing happens are closed. */
import type { ClientConnection } from './client-connection.js';
import { connectionIdle, linkIdle } from './hub-errors.js';

/** The limits, in milliseconds; undefined for none. */
export interface IdleLimits {
  readonly linkIdleMs?: number | undefined;
  readonly connectionIdleMs?: number | undefined;
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
    const { linkIdleMs = Number.POSITIVE_INFINITY, connectionIdleMs = Number.POSITIVE_INFINITY } = limits;
    const shortestMs = Math.min(linkIdleMs, connectionIdleMs);
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
}
