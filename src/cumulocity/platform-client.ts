/**
 * REST requests to Cumulocity as one user of one tenant, on `@c8y/client`. A request is made once: retries belong
 * to whoever asks.
 */
import { BasicAuth, FetchClient } from '@c8y/client';
import { z } from 'zod';
import { withAbort } from '../abort.js';
import type { Credentials } from '../config.js';
import { PlatformError, PlatformUnreachable } from '../errors.js';
import type { PlatformClock } from '../platform-clock.js';

/** The platform's own limit is 5 minutes per request (service terms, quotas); nothing here takes that long. */
const REQUEST_MS = 30_000;
const LONGEST_DETAIL = 200;

const ErrorBody = z.object({ message: z.string() });

/** A request. */
export interface PlatformRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: object;
  /** Without it, Cumulocity answers a POST or PUT with an empty body (OpenAPI, "Accept header"). */
  readonly accept?: string;
  /** Gives the request up. */
  readonly signal?: AbortSignal | undefined;
}

/** Who requests are made as: a user, or whoever these headers of an inbound request belong to. */
export type PlatformAuth = Credentials | { readonly headers: Readonly<Record<string, string>> };

/** See the head of this file. */
export class PlatformClient {
  readonly #client: FetchClient;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #clock: PlatformClock | undefined;

  /**
   * @param baseUrl of the platform, e.g. `http://cumulocity:8111`
   * @param auth who requests are made as
   * @param applicationKey without it requests of a service user count as device traffic (OpenAPI, "application key")
   * @param clock learns from each answer what time it is there
   */
  constructor(
    baseUrl: string,
    auth: PlatformAuth,
    { applicationKey, clock }: { applicationKey?: string | undefined; clock?: PlatformClock } = {},
  ) {
    this.#clock = clock;
    const isUser = 'password' in auth;
    this.#client = isUser ? new FetchClient(new BasicAuth({ ...auth }), baseUrl) : new FetchClient(baseUrl);
    this.#headers = {
      ...(isUser ? {} : auth.headers),
      ...(applicationKey === undefined ? {} : { 'X-Cumulocity-Application-Key': applicationKey }),
    };
  }

  /**
   * Makes a request whose answer has a body.
   * @param schema the form of the body
   * @throws PlatformError on an error status
   * @throws PlatformUnreachable when there is no answer, or one that does not have this form
   */
  async json<T>(request: PlatformRequest, schema: z.ZodType<T>): Promise<T> {
    const text = await this.#fetch({ accept: 'application/json', ...request });
    try {
      return schema.parse(JSON.parse(text));
    } catch (thrown) {
      throw new PlatformUnreachable(`${request.method} ${request.path}: the answer`, shapeFault(thrown));
    }
  }

  /**
   * Makes a request whose answer is passed on as the text that came.
   * @throws PlatformError on an error status
   * @throws PlatformUnreachable when there is no answer
   */
  text(request: PlatformRequest): Promise<string> {
    return this.#fetch({ accept: 'application/json', ...request });
  }

  /**
   * Makes a request whose answer does not matter beyond its status.
   * @throws PlatformError on an error status
   * @throws PlatformUnreachable when there is no answer
   */
  async call(request: PlatformRequest): Promise<void> {
    await this.#fetch(request);
  }

  #fetch({ method, path, query, body, accept, signal }: PlatformRequest): Promise<string> {
    const headers = {
      ...this.#headers,
      ...(accept === undefined ? {} : { Accept: accept }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    };
    return withAbort(signal, async (controller) => {
      const timeout = setTimeout(() => controller.abort(), REQUEST_MS);
      try {
        const sentAt = performance.now();
        const response = await this.#client.fetch(path, {
          method,
          headers,
          ...(query === undefined ? {} : { params: query }),
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          signal: controller.signal,
        });
        this.#clock?.learn(response.headers.get('date'), sentAt, performance.now());
        // Read here, so that the time limit holds for the body too and the connection is free again.
        const text = await response.text();
        if (response.status < 400) return text;
        throw new PlatformError(method, path, response.status, detailOf(text));
      } catch (thrown) {
        if (thrown instanceof PlatformError) throw thrown;
        throw new PlatformUnreachable(`${method} ${path}`, withoutUrl(thrown));
      } finally {
        clearTimeout(timeout);
      }
    });
  }
}

/** The library's message of a failed request names the whole URL, and the query can hold a token. */
function withoutUrl(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const reason = thrown.message.replace(/^request to \S+ failed, reason: */, '');
  return new Error(reason === '' && 'code' in thrown ? String(thrown.code) : reason);
}

/** Names what is wrong with an answer without repeating any of its values. */
function shapeFault(thrown: unknown): Error {
  if (!(thrown instanceof z.ZodError)) return new Error('not JSON');
  return new Error(thrown.issues.map(({ path, code }) => `${path.join('.')} ${code}`).join(', '));
}

function detailOf(text: string): string {
  try {
    return ErrorBody.parse(JSON.parse(text)).message.slice(0, LONGEST_DETAIL);
  } catch {
    // A proxy in between answers with a page of its own; the status says enough.
    return '';
  }
}
