import { WebSocket } from 'ws';
import type { JsonBody } from './json-body.js';
import type { LocalCumulocity } from './local-cumulocity.js';
import { TestConsumer } from './test-consumer.js';

/** Credentials of a caller. */
export interface Caller {
  readonly tenant: string;
  readonly user: string;
  readonly password: string;
}

/** Answer to a REST call. */
export interface RestAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  readonly body: JsonBody;
}

/** Value of an Authorization header. */
export function basic({ tenant, user, password }: Caller): string {
  return `Basic ${Buffer.from(`${tenant}/${user}:${password}`).toString('base64')}`;
}

/** Calls of one user. */
export class SimulatorClient {
  readonly #local: LocalCumulocity;
  readonly #caller: Caller;

  constructor(local: LocalCumulocity, caller: Caller) {
    this.#local = local;
    this.#caller = caller;
  }

  /** One REST call. `Accept` is sent unless the headers say otherwise. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<RestAnswer> {
    const response = await fetch(path.startsWith('http') ? path : `${this.#local.url}${path}`, {
      method,
      headers: { Authorization: basic(this.#caller), Accept: 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = text.startsWith('{') || text.startsWith('[');
    return {
      status: response.status,
      text,
      headers: response.headers,
      body: (isJson ? JSON.parse(text) : {}) as JsonBody,
    };
  }

  /** Creates a subscription. */
  subscribe(subscription: object): Promise<RestAnswer> {
    return this.call('POST', '/notification2/subscriptions', {
      context: 'tenant',
      subscription: 'feed',
      ...subscription,
    });
  }

  /** Makes a token for subscriber `reader` of topic `feed`, unless said otherwise. */
  async token(fields: object = {}): Promise<string> {
    const request = { subscriber: 'reader', subscription: 'feed', ...fields };
    const { body } = await this.call('POST', '/notification2/token', request);
    return body.token;
  }

  /**
   * Connects a consumer.
   *
   * @returns the consumer, or the HTTP status that refused it
   */
  async connect(token: string, consumer?: string): Promise<TestConsumer | number> {
    const query = new URLSearchParams({ token, ...(consumer === undefined ? {} : { consumer }) });
    const url = `${this.#local.url.replace('http', 'ws')}/notification2/consumer/?${query.toString()}`;
    const socket = new WebSocket(url);
    const connected = new TestConsumer(socket);
    return new Promise((resolve, reject) => {
      socket.on('open', () => resolve(connected));
      socket.on('unexpected-response', (_request, response) => {
        response.resume();
        socket.terminate();
        resolve(response.statusCode ?? 0);
      });
      socket.on('error', reject);
    });
  }

  /** Connects a consumer that must be accepted. */
  async consumer(fields: object = {}, name?: string): Promise<TestConsumer> {
    const connected = await this.connect(await this.token(fields), name);
    if (typeof connected === 'number') throw new Error(`the upgrade was refused with ${connected}`);
    return connected;
  }

  /** Posts a measurement. */
  measure(source: string, value = 1, headers: Record<string, string> = {}): Promise<RestAnswer> {
    const body = {
      source: { id: source },
      time: '2026-01-02T03:04:05.678+02:00',
      type: 'c8y_Test',
      c8y_Test: { value },
    };
    return this.call('POST', '/measurement/measurements', body, headers);
  }

  /** Posts an alarm. */
  alarm(source: string, fields: object = {}): Promise<RestAnswer> {
    const time = '2026-01-02T03:04:05.678Z';
    const body = {
      source: { id: source },
      time,
      type: 'c8y_Alarm',
      text: 'hot',
      severity: 'MAJOR',
      ...fields,
    };
    return this.call('POST', '/alarm/alarms', body);
  }

  /** Posts an event. */
  event(source: string, fields: object = {}): Promise<RestAnswer> {
    const time = '2026-01-02T03:04:05.678Z';
    return this.call('POST', '/event/events', {
      source: { id: source },
      time,
      type: 'c8y_Event',
      text: 'open',
      ...fields,
    });
  }
}
