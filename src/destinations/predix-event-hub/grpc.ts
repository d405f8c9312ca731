/**
 * Publishing over gRPC: one long stream, on a connection of its own (Predix contract, sections 3, 4 and 15). The
 * library would make a lost connection again by itself; here each link has its own, so that only `Redial` decides.
 */
import {
  type ChannelOptions,
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type StatusObject,
  status,
} from '@grpc/grpc-js';
import { redact } from '../../log.js';
import { DEFAULT_TOPIC, type PredixHubAddress, type PredixSettings } from './hub-address.js';
import type { Link, LinkEvents, LinkOptions } from './link.js';
import { ConnectionLoss } from './send-failure.js';
import { type Ack, CHECK, SEND } from './wire.js';

type SendStream = ClientDuplexStream<Buffer, { readonly ack: readonly Ack[] }>;

/** The name under which the service answers about its health. */
const HEALTH_SERVICE = 'predix-event-hub.grpc.health';

/** The service says no with these: it knows neither PERMISSION_DENIED nor NOT_FOUND (Predix contract, section 15). */
const REFUSALS: ReadonlySet<status> = new Set([status.UNKNOWN, status.UNAUTHENTICATED]);

const OPTIONS: ChannelOptions = {
  // Its own connection, even where another route has one to the same place.
  'grpc.use_local_subchannel_pool': 1,
  // Proxies come from the service's own settings.
  'grpc.enable_http_proxy': 0,
};

/** Makes a client with a connection of its own. It is not connected yet. */
export function connect(
  { host, port = 443 }: Pick<PredixHubAddress, 'host' | 'port'>,
  { predixTls, proxyUrl }: PredixSettings,
): Client {
  const channel =
    predixTls === 'none'
      ? credentials.createInsecure()
      : credentials.createSsl(predixTls === undefined ? null : Buffer.from(predixTls.ca));
  const target = `${host}:${port}`;
  if (proxyUrl === undefined) return new Client(target, channel, OPTIONS);
  const proxy = new URL(proxyUrl);
  const credential =
    decodeURIComponent(proxy.username) +
    (proxy.password === '' ? '' : `:${decodeURIComponent(proxy.password)}`);
  return new Client(`${proxy.hostname}:${proxy.port === '' ? 80 : proxy.port}`, channel, {
    ...OPTIONS,
    'grpc.http_connect_target': `dns:${target}`,
    ...(credential === '' ? {} : { 'grpc.http_connect_creds': credential }),
    'grpc.default_authority': target,
  });
}

/**
 * The service's proxy drops a connection on which nothing moves (Predix contract, section 1). What the answer is does
 * not matter.
 * @param withinMs how long it may take, in milliseconds
 */
export function showLife(client: Client, withinMs: number): void {
  const { path, requestSerialize, responseDeserialize } = CHECK;
  const request = { service: HEALTH_SERVICE };
  const options = { deadline: Date.now() + withinMs };
  const ignore = (): void => undefined;
  client.makeUnaryRequest(
    path,
    requestSerialize,
    responseDeserialize,
    request,
    new Metadata(),
    options,
    ignore,
  );
}

function metadataOf({ zoneId, hubName }: PredixHubAddress, token: string): Metadata {
  const metadata = new Metadata();
  // Bare, as all SDKs send it (Predix contract, section 18).
  metadata.set('authorization', token);
  metadata.set('predix-zone-id', zoneId);
  if (hubName !== DEFAULT_TOPIC) metadata.set('topic', hubName);
  // Answers at once: a lane waits for them.
  metadata.set('sync-acks', 'true');
  return metadata;
}

const LONGEST_TEXT = 200;

/** The service may repeat what it does not like. */
function shown(details: string, token: string): string {
  return redact(details.replaceAll(token, '***')).slice(0, LONGEST_TEXT);
}

function lossOf({ code, details }: StatusObject, token: string): ConnectionLoss {
  const name = status[code] ?? String(code);
  if (code === status.OK) {
    return new ConnectionLoss('lost', 'UNAVAILABLE', 'the event hub has ended the stream');
  }
  const kind = REFUSALS.has(code) ? 'refused' : 'lost';
  return new ConnectionLoss(
    kind,
    name,
    `the stream to the event hub has ended: ${name}: ${shown(details, token)}`,
  );
}

/** See `OpenLink`. */
export async function openGrpcLink(options: LinkOptions, events: LinkEvents): Promise<Link> {
  const link = new GrpcLink(options, events);
  await link.opened;
  return link;
}

/** See the head of this file. */
class GrpcLink implements Link {
  readonly opened: Promise<void>;
  readonly #client: Client;
  readonly #stream: SendStream;
  readonly #alive: NodeJS.Timeout;
  readonly #options: LinkOptions;
  readonly #ended: Promise<void>;

  constructor(options: LinkOptions, events: LinkEvents) {
    const { address, settings, token, timing, signal } = options;
    this.#options = options;
    // Before there is anything to close: it does not take every text.
    const metadata = metadataOf(address, token);
    this.#client = connect(address, settings);
    const { path, decode } = SEND;
    this.#stream = this.#client.makeBidiStreamRequest(path, (request: Buffer) => request, decode, metadata);
    signal.addEventListener('abort', () => this.#stream.cancel());
    this.#stream.on('data', ({ ack }: { readonly ack: readonly Ack[] }) => {
      for (const { id, status_code, desc } of ack) {
        events.answered({ id, statusCode: status_code, description: desc });
      }
    });
    // `status` tells of every end; an error without a listener would end the process.
    this.#stream.on('error', () => undefined);
    this.#alive = setInterval(() => showLife(this.#client, timing.aliveMs), timing.aliveMs);
    let isOpen = false;
    const lost = new Promise<never>((_, reject) => {
      this.#stream.once('status', (end: StatusObject) => {
        const loss = lossOf(end, token);
        this.#release();
        if (isOpen) events.lost(loss);
        reject(loss);
      });
    });
    this.#ended = lost.then(
      () => undefined,
      () => undefined,
    );
    this.opened = Promise.race([lost, this.#ready()]).then(() => {
      isOpen = true;
      showLife(this.#client, timing.aliveMs);
    });
  }

  write(request: Buffer): void {
    this.#stream.write(request);
  }

  async close(): Promise<void> {
    this.#stream.end();
    const timer = setTimeout(() => this.#stream.cancel(), this.#options.timing.closeMs);
    await this.#ended;
    clearTimeout(timer);
  }

  /** Resolves when the connection is there; if it cannot be made, the stream ends. */
  #ready(): Promise<void> {
    const { dialMs } = this.#options.timing;
    return new Promise((resolve) => {
      this.#client.waitForReady(Date.now() + dialMs, (error) => {
        if (error === undefined) resolve();
        else this.#stream.cancel();
      });
    });
  }

  #release(): void {
    clearInterval(this.#alive);
    this.#client.close();
  }
}
