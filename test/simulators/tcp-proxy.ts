/**
 * A TCP proxy on this machine that can stop forwarding: the failure that no closed socket shows. Connections stand
 * and take what is written to them, and nothing comes out at the other end.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Where connections lead. */
export interface ProxyTarget {
  readonly host: string;
  readonly port: number;
}

/** Both ends of one connection. */
interface Pair {
  readonly client: Socket;
  readonly target: Socket;
}

/** See the head of this file. */
export class TcpProxy {
  readonly #target: ProxyTarget;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #isStopped = false;

  private constructor(target: ProxyTarget) {
    this.#target = target;
    // An end that has said goodbye may still be told something.
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#join(client));
  }

  /**
   * Starts a proxy on 127.0.0.1.
   * @param port to listen on; 0 for any free one
   */
  static async start(target: ProxyTarget, port = 0): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#server.listen(port, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** TCP port that is listened on. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that stand. */
  get connections(): number {
    return this.#pairs.size;
  }

  /**
   * Forwards nothing any more, in either direction, not even that an end has closed. New connections are taken and
   * stand as silently.
   */
  stopForwarding(): void {
    this.#isStopped = true;
    for (const pair of this.#pairs) unlink(pair);
  }

  /** Forwards again, and first what has been waiting, as TCP does when a network comes back. */
  forward(): void {
    this.#isStopped = false;
    for (const pair of this.#pairs) link(pair);
  }

  /** Destroys every connection at both ends. */
  cut(): void {
    for (const { client, target } of this.#pairs) {
      client.destroy();
      target.destroy();
    }
  }

  /** Destroys every connection and stops listening; no handle stays open. */
  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }

  #join(client: Socket): void {
    const target = connect({ ...this.#target, allowHalfOpen: true, noDelay: true });
    client.setNoDelay(true);
    const pair = { client, target };
    this.#pairs.add(pair);
    if (!this.#isStopped) link(pair);
    for (const [end, other] of [
      [client, target],
      [target, client],
    ] as const) {
      // Without a listener an error would end the process; 'close' follows it.
      end.on('error', () => undefined);
      end.on('close', () => this.#closed(pair, other));
    }
  }

  /** An end that is gone takes the other one with it, once that can be told. */
  #closed(pair: Pair, other: Socket): void {
    if (pair.client.destroyed && pair.target.destroyed) this.#pairs.delete(pair);
    else if (!this.#isStopped) other.destroy();
  }
}

function link(pair: Pair): void {
  for (const [from, to] of directions(pair)) {
    if (from.destroyed) to.destroy();
    else from.pipe(to);
  }
}

function unlink(pair: Pair): void {
  for (const [from, to] of directions(pair)) {
    from.unpipe(to);
    from.pause();
  }
}

function directions({ client, target }: Pair): readonly (readonly [from: Socket, to: Socket])[] {
  return [
    [client, target],
    [target, client],
  ];
}
