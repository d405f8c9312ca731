/**
 * A Predix Event Hub that the service reaches through proxies: one for each tenant, and one to the UAA. Readers go past
 * them, and so does the hub when it asks the UAA for its key. Tokens live for a minute, and streams end with them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalPredix } from '../../test/simulators/predix-event-hub/local-predix.js';
import { TcpProxy } from '../../test/simulators/tcp-proxy.js';
import type { HubAccess } from '../demo/hub-access.js';
import type { LocalAuthority } from '../demo/local-authority.js';
import { type DemoProtocol, PredixAccess } from '../demo/predix-access.js';
import type { ReadEvent, Reader } from '../demo/reader.js';

/** How it is set up. */
export interface ProxiedPredixOptions {
  /** One for each tenant. */
  readonly zones: readonly string[];
  readonly authority: LocalAuthority;
  /** What the service publishes over. */
  readonly protocol: DemoProtocol;
  /** Of the hub over gRPC; 0 for any free one. */
  readonly port: number;
}

interface Parts {
  readonly predix: PredixAccess;
  readonly folder: string;
  readonly hubPort: number;
  /** By zone. */
  readonly ways: ReadonlyMap<string, TcpProxy>;
  readonly uaaWay: TcpProxy;
}

const HOST = '127.0.0.1';
const TOKEN_SECONDS = 60;

/** See the head of this file. */
export class ProxiedPredix implements HubAccess {
  readonly environment: Readonly<Record<string, string>>;
  readonly patienceMs: number;
  readonly #parts: Parts;
  readonly #uaaPort: number;
  readonly #uaaWayPort: number;
  #uaaWay: TcpProxy;

  private constructor(parts: Parts) {
    const { predix, uaaWay } = parts;
    this.#parts = parts;
    this.environment = predix.environment;
    this.patienceMs = predix.patienceMs;
    this.#uaaPort = portOf(predix.uaa.issuer);
    this.#uaaWay = uaaWay;
    this.#uaaWayPort = uaaWay.port;
  }

  /** Starts the UAA, the hub and the proxies. */
  static async start({ zones, authority, protocol, port }: ProxiedPredixOptions): Promise<ProxiedPredix> {
    const folder = mkdtempSync(join(tmpdir(), 'chaos-predix-'));
    const predix = await PredixAccess.start({
      ...{ zones, authority, protocol, ports: { grpc: port } },
      ...{ dataDir: folder, tokenSeconds: TOKEN_SECONDS, cutAtExpiry: true },
    });
    const { grpcUri, wssUri } = predix.service;
    const hubPort = portOf(protocol === 'grpc' ? `https://${grpcUri}` : wssUri);
    const startWay = (to: number): Promise<TcpProxy> => TcpProxy.start({ host: HOST, port: to });
    const ways = new Map<string, TcpProxy>();
    for (const zone of zones) ways.set(zone, await startWay(hubPort));
    const uaaWay = await startWay(portOf(predix.uaa.issuer));
    return new ProxiedPredix({ predix, folder, hubPort, ways, uaaWay });
  }

  /** The hub; another one after `comeBack`. */
  get service(): LocalPredix {
    return this.#parts.predix.service;
  }

  /** What stands between the service and the hub, for one zone. */
  wayOf(zone: string): TcpProxy {
    const way = this.#parts.ways.get(zone);
    if (way === undefined) throw new RangeError(`there is no zone ${zone}`);
    return way;
  }

  /** Has the service find no UAA any more. */
  async closeWayToUaa(): Promise<void> {
    await this.#uaaWay.stop();
  }

  /** Has it find the UAA again, at the same port. */
  async openWayToUaa(): Promise<void> {
    this.#uaaWay = await TcpProxy.start({ host: HOST, port: this.#uaaPort }, this.#uaaWayPort);
  }

  options(zone: string): Record<string, string> {
    return this.#throughProxies(zone, this.#parts.predix.options(zone));
  }

  unusableOptions(zone: string): Record<string, string> {
    return this.#throughProxies(zone, this.#parts.predix.unusableOptions(zone));
  }

  read(zone: string, onEvent: (event: ReadEvent) => void): Reader {
    return this.#parts.predix.read(zone, onEvent);
  }

  cut(): void {
    this.#parts.predix.cut();
  }

  renew(): void {
    this.#parts.predix.renew();
  }

  goAway(): Promise<void> {
    return this.#parts.predix.goAway();
  }

  comeBack(): Promise<void> {
    return this.#parts.predix.comeBack();
  }

  async stop(): Promise<void> {
    const { predix, folder, ways } = this.#parts;
    await Promise.all([...ways.values(), this.#uaaWay].map((way) => way.stop()));
    await predix.stop();
    rmSync(folder, { recursive: true, force: true });
  }

  #throughProxies(zone: string, options: Readonly<Record<string, string>>): Record<string, string> {
    const detours = [
      [this.#parts.hubPort, this.wayOf(zone).port],
      [this.#uaaPort, this.#uaaWayPort],
    ];
    const detoured = (text: string): string =>
      detours.reduce(
        (now, [from, to]) => now.replace(new RegExp(`localhost:${from}\\b`, 'g'), `localhost:${to}`),
        text,
      );
    return Object.fromEntries(Object.entries(options).map(([name, text]) => [name, detoured(text)]));
  }
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
