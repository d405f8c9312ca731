/** Access tokens of a UAA (Predix contract, section 10): one request in flight, renewed before they end. */
import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { withAbort } from '../../abort.js';
import { reasonOf } from '../../errors.js';
import type { PredixSettings } from './hub-address.js';
import { ConnectionLoss } from './send-failure.js';

interface Token {
  readonly value: string;
  /** On the clock of `performance.now`, in milliseconds. */
  readonly renewAt: number;
}

/** Who asks whom for what. */
export interface TokenRequest {
  /** Ends in `/oauth/token`. */
  readonly authUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Lists of scopes, in the order in which they are asked for: the next one when one is refused. */
  readonly scopes: readonly (readonly string[])[];
}

/** The longest that the service takes (Predix contract, section 9). */
const LONGEST_TOKEN = 60_000;
/** A library would show one that it does not take in its error. */
const SENDABLE = /^[\x21-\x7e]+$/;
const REQUEST_MS = 20_000;
const MOST_ANSWER_BYTES = 256 * 1024;

interface UaaAnswer {
  readonly status: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** See the head of this file. */
export class Uaa {
  readonly #request: TokenRequest;
  readonly #settings: PredixSettings;
  readonly #renewMs: number;
  #token: Token | undefined;
  #fetching: Promise<Token> | undefined;

  /** @param renewMs how long before its end a token is renewed, in milliseconds */
  constructor(request: TokenRequest, settings: PredixSettings, renewMs: number) {
    this.#request = request;
    this.#settings = settings;
    this.#renewMs = renewMs;
  }

  /** Whether the token in use should be renewed. */
  get isDue(): boolean {
    return performance.now() >= (this.#token?.renewAt ?? 0);
  }

  /**
   * The token in use, or a new one when that is due. Rejects with a `ConnectionLoss`.
   * @param signal ends the request of whoever asks first
   */
  async token(signal?: AbortSignal): Promise<string> {
    if (this.#token !== undefined && !this.isDue) return this.#token.value;
    this.#fetching ??= this.#fetch(signal).finally(() => {
      this.#fetching = undefined;
    });
    this.#token = await this.#fetching;
    return this.#token.value;
  }

  /** Takes another token next time: the service does not like this one. */
  forget(): void {
    this.#token = undefined;
  }

  async #fetch(signal: AbortSignal | undefined): Promise<Token> {
    let answer: UaaAnswer = { status: 0, fields: {} };
    for (const scopes of this.#request.scopes) {
      answer = await this.#ask(scopes, signal);
      if (answer.fields['error'] !== 'invalid_scope') break;
    }
    return this.#read(answer);
  }

  #read({ status, fields }: UaaAnswer): Token {
    const { access_token: value, expires_in: seconds, error } = fields;
    // One that lives for no time would be renewed with every request.
    if (typeof value !== 'string' || typeof seconds !== 'number' || seconds < 1) {
      const kind = status >= 400 && status < 500 ? 'refused' : 'lost';
      const what = typeof error === 'string' && /^[\w-]{1,40}$/.test(error) ? ` (${error})` : '';
      throw new ConnectionLoss(
        kind,
        'no-token',
        `${this.#place} answered ${status} and gave no token${what}`,
      );
    }
    if (!SENDABLE.test(value)) {
      const message = `${this.#place} gave a token that no header can hold`;
      throw new ConnectionLoss('refused', 'no-token', message);
    }
    if (value.length > LONGEST_TOKEN) {
      throw new ConnectionLoss(
        'refused',
        'no-token',
        `${this.#place} gave a token of more than ${LONGEST_TOKEN} characters`,
      );
    }
    const lifeMs = seconds * 1000;
    // One that lives for less than a minute is not to be renewed all the time.
    return { value, renewAt: performance.now() + Math.max(lifeMs - this.#renewMs, lifeMs / 2) };
  }

  async #ask(scopes: readonly string[], signal: AbortSignal | undefined): Promise<UaaAnswer> {
    const form = { grant_type: 'client_credentials', response_type: 'token', scope: scopes.join(' ') };
    const { status, text } = await withAbort(signal, async (limit) => {
      const late = new Error(`no answer within ${REQUEST_MS} ms`);
      const timer = setTimeout(() => limit.abort(late), REQUEST_MS);
      return this.#post(new URLSearchParams(form).toString(), limit.signal).finally(() =>
        clearTimeout(timer),
      );
    });
    try {
      const fields: unknown = JSON.parse(text);
      if (typeof fields === 'object' && fields !== null)
        return { status, fields: fields as UaaAnswer['fields'] };
    } catch {
      // Said below.
    }
    throw new ConnectionLoss(
      'lost',
      'no-token',
      `${this.#place} answered ${status} with something that is not JSON`,
    );
  }

  get #place(): string {
    return `the UAA at ${new URL(this.#request.authUrl).host}`;
  }

  #post(body: string, signal: AbortSignal): Promise<{ status: number; text: string }> {
    const { clientId, clientSecret, authUrl } = this.#request;
    const { predixTls, proxyUrl } = this.#settings;
    const credentials = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    const options: RequestOptions & { ca?: string } = {
      method: 'POST',
      headers: {
        Authorization: `Basic ${credentials}`,
        'Content-Type': 'application/x-www-form-urlencoded',
        Accept: 'application/json',
      },
      ...(typeof predixTls === 'object' ? { ca: predixTls.ca } : {}),
      ...(proxyUrl === undefined ? {} : { agent: new HttpsProxyAgent(proxyUrl, { signal }) }),
    };
    const request = authUrl.startsWith('https:') ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        const message = `${this.#place} cannot be reached: ${reasonOf(error)}`;
        reject(new ConnectionLoss('lost', 'UNAVAILABLE', message, error));
      };
      const outgoing = request(authUrl, options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
          if (text.length > MOST_ANSWER_BYTES) outgoing.destroy(new Error('the answer is too long'));
        });
        response.on('error', fail).on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      const giveUp = (): void => {
        // While a proxy makes no tunnel, the request says nothing of its end.
        fail(signal.reason);
        outgoing.destroy();
      };
      signal.addEventListener('abort', giveUp);
      outgoing.on('error', fail).end(body);
    });
  }
}
