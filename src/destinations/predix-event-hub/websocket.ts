/** Publishing over WebSocket: binary frames with JSON in them (Predix contract, section 6). */
import type { IncomingMessage } from 'node:http';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { type RawData, WebSocket } from 'ws';
import { reasonOf } from '../../errors.js';
import { DEFAULT_TOPIC, type PredixHubAddress, type PredixSettings } from './hub-address.js';
import type { Link, LinkAnswer, LinkEvents, LinkOptions } from './link.js';
import { ConnectionLoss } from './send-failure.js';

const PATH = '/v1/stream/messages/';
/** Answers of the upgrade that mean: not you. */
const REFUSALS: ReadonlySet<number | undefined> = new Set([401, 403]);

function urlOf({ webSocketUrl, host, port }: PredixHubAddress, { predixTls }: PredixSettings): string {
  if (webSocketUrl !== undefined) return webSocketUrl;
  return `${predixTls === 'none' ? 'ws' : 'wss'}://${host}${port === undefined ? '' : `:${port}`}${PATH}`;
}

function headersOf({ zoneId, hubName }: PredixHubAddress, token: string): Record<string, string> {
  return {
    Authorization: `Bearer ${token}`,
    'Predix-Zone-Id': zoneId,
    ...(hubName !== DEFAULT_TOPIC ? { topic: hubName } : {}),
  };
}

/** @param gone ends the connection to a proxy, which nothing else does while there is no tunnel */
function connect({ address, settings, token }: LinkOptions, gone: AbortSignal): WebSocket {
  const { predixTls, proxyUrl } = settings;
  return new WebSocket(urlOf(address, settings), {
    headers: headersOf(address, token),
    origin: `http://${address.host}/`,
    perMessageDeflate: false,
    ...(typeof predixTls === 'object' ? { ca: predixTls.ca } : {}),
    ...(proxyUrl === undefined ? {} : { agent: new HttpsProxyAgent(proxyUrl, { signal: gone }) }),
  });
}

/** The acknowledgements of a frame: a list, or one alone. */
function answersOf(data: RawData): readonly LinkAnswer[] {
  let json: unknown;
  try {
    json = JSON.parse(data.toString());
  } catch {
    return [];
  }
  return (Array.isArray(json) ? json : [json])
    .filter((ack): ack is Record<string, unknown> => typeof ack === 'object' && ack !== null)
    .map(({ id, status_code, desc }) => ({
      id: typeof id === 'string' ? id : undefined,
      // Only one that is not there means success: anything that is no number is unknown.
      statusCode: typeof status_code === 'number' || status_code === undefined ? status_code : Number.NaN,
      description: typeof desc === 'string' ? desc : '',
    }));
}

/** See `OpenLink`. */
export async function openWebSocketLink(options: LinkOptions, events: LinkEvents): Promise<Link> {
  const link = new WebSocketLink(options, events);
  await link.opened;
  return link;
}

/** See the head of this file. */
class WebSocketLink implements Link {
  readonly opened: Promise<void>;
  readonly #socket: WebSocket;
  readonly #options: LinkOptions;
  readonly #closed: Promise<void>;
  #alive: NodeJS.Timeout | undefined;
  #isAlive = true;
  #failure: ConnectionLoss | undefined;

  constructor(options: LinkOptions, events: LinkEvents) {
    this.#options = options;
    const gone = new AbortController();
    const socket = connect(options, gone.signal);
    this.#socket = socket;
    const { dialMs, aliveMs } = options.timing;
    // The library's own limit does not begin before a proxy has made the tunnel.
    const dialing = setTimeout(() => this.#giveUp(`is not there after ${dialMs} ms`), dialMs);
    options.signal.addEventListener('abort', () => this.#giveUp('was given up'));
    socket.on('message', (data) => {
      for (const answer of answersOf(data)) events.answered(answer);
    });
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    socket.on('unexpected-response', (_, response) => this.#refused(response));
    socket.on('error', (error) => {
      this.#failure ??= new ConnectionLoss(
        'lost',
        'UNAVAILABLE',
        `the WebSocket has failed: ${reasonOf(error)}`,
        error,
      );
    });
    let isOpen = false;
    this.#closed = new Promise((resolve) => {
      socket.once('close', (code) => {
        clearInterval(this.#alive);
        clearTimeout(dialing);
        gone.abort();
        if (isOpen) events.lost(this.#lossOf(code));
        resolve();
      });
    });
    this.opened = new Promise((resolve, reject) => {
      socket.once('open', () => {
        isOpen = true;
        clearTimeout(dialing);
        this.#alive = setInterval(() => this.#showLife(), aliveMs);
        resolve();
      });
      void this.#closed.then(() => reject(this.#lossOf(0)));
    });
  }

  write(request: Buffer): void {
    this.#socket.send(request);
  }

  async close(): Promise<void> {
    this.#socket.close(1000);
    const timer = setTimeout(() => this.#socket.terminate(), this.#options.timing.closeMs);
    await this.#closed;
    clearTimeout(timer);
  }

  #lossOf(code: number): ConnectionLoss {
    // 1008: against the rules of the service, such as a token that has ended (RFC 6455, section 7.4.1).
    const kind = code === 1008 ? 'refused' : 'lost';
    const condition = kind === 'refused' ? 'UNAUTHENTICATED' : 'UNAVAILABLE';
    return this.#failure ?? new ConnectionLoss(kind, condition, `the WebSocket was closed with code ${code}`);
  }

  #giveUp(what: string): void {
    this.#failure ??= new ConnectionLoss('lost', 'UNAVAILABLE', `the WebSocket ${what}`);
    this.#socket.terminate();
  }

  /** What the service says may hold what was sent to it, so only its status is told. */
  #refused(response: IncomingMessage): void {
    const { statusCode = 0 } = response;
    const isRefusal = REFUSALS.has(statusCode);
    this.#failure = new ConnectionLoss(
      isRefusal ? 'refused' : 'lost',
      isRefusal ? 'UNAUTHENTICATED' : 'UNAVAILABLE',
      `the upgrade to a WebSocket was answered with ${statusCode}`,
    );
    response.resume();
    this.#socket.terminate();
  }

  /** A connection that has become half-open would not be noticed otherwise while nothing is sent. */
  #showLife(): void {
    if (!this.#isAlive) {
      this.#giveUp('has not answered a ping');
      return;
    }
    this.#isAlive = false;
    this.#socket.ping();
  }
}
