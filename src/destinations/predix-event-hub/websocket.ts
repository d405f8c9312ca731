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

function connect({ address, settings, token, timing }: LinkOptions): WebSocket {
  const { predixTls, proxyUrl } = settings;
  return new WebSocket(urlOf(address, settings), {
    headers: headersOf(address, token),
    origin: `http://${address.host}/`,
    handshakeTimeout: timing.dialMs,
    perMessageDeflate: false,
    ...(typeof predixTls === 'object' ? { ca: predixTls.ca } : {}),
    ...(proxyUrl === undefined ? {} : { agent: new HttpsProxyAgent(proxyUrl) }),
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
      statusCode: typeof status_code === 'number' ? status_code : undefined,
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
    const socket = connect(options);
    this.#socket = socket;
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
        if (isOpen) events.lost(this.#lossOf(code));
        resolve();
      });
    });
    this.opened = new Promise((resolve, reject) => {
      socket.once('open', () => {
        isOpen = true;
        this.#alive = setInterval(() => this.#showLife(), options.timing.aliveMs);
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
      this.#failure = new ConnectionLoss('lost', 'UNAVAILABLE', 'the event hub has not answered a ping');
      this.#socket.terminate();
      return;
    }
    this.#isAlive = false;
    this.#socket.ping();
  }
}
