import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Platform } from '../platform.js';
import { ROUTES } from '../rest/routes.js';
import { demandRole } from '../users.js';
import { authenticate, isSystemUser } from './authentication.js';
import type { Answer, Call } from './call.js';
import { errorBody, forbidden, RestError } from './rest-error.js';
import { type Match, Router } from './router.js';

const DOCUMENT_LIMIT_BYTES = 16 * 1024 * 1024;
const UPLOAD_LIMIT_BYTES = 512 * 1024 * 1024;
const NO_QUERY = new URLSearchParams();

function mediaType(type: string, accept: string | undefined): string {
  if (accept?.startsWith('application/json')) return 'application/json;charset=UTF-8';
  return `application/vnd.com.nsn.cumulocity.${type}+json;charset=UTF-8;ver=0.9`;
}

async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) throw new RestError(413, 'general/Payload Too Large', 'The body is too large.');
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

function writeAnswer(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const { accept } = request.headers;
  // A POST or PUT without Accept is answered with an empty body.
  const isWrite = request.method === 'POST' || request.method === 'PUT';
  const body = isWrite && accept === undefined && answer.always !== true ? '' : (answer.json ?? '');
  const headers: Record<string, string | number> = { 'Content-Length': Buffer.byteLength(body) };
  if (body !== '') headers['Content-Type'] = mediaType(answer.type ?? 'object', accept);
  if (answer.location !== undefined) headers['Location'] = answer.location;
  response.writeHead(answer.status, headers).end(body);
}

function asRestError(error: unknown): RestError {
  if (error instanceof RestError) return error;
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new RestError(500, 'general/Internal Error', message);
}

async function waitUnlessAborted(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { ref: false, signal }).catch(() => undefined);
}

/** Answers the REST calls: faults, authentication, roles, route, answer. */
export class RestServer {
  readonly #platform: Platform;
  readonly #router = new Router(ROUTES);

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** Handles one request to its end; never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    try {
      const answer = (await this.#fault(request, path)) ?? (await this.#answer(request, path));
      writeAnswer(request, response, answer);
    } catch (thrown) {
      const { status, error, message } = asRestError(thrown);
      if (response.headersSent) return;
      request.resume();
      const json = errorBody(error, message);
      writeAnswer(request, response, { status, type: 'error', json, always: true });
    }
  }

  /** Suffers what is switched on; an answer means the request is not handled. */
  async #fault(request: IncomingMessage, path: string): Promise<Answer | undefined> {
    const { faults } = this.#platform;
    while (faults.restPaused) await faults.untilRestRuns();
    const isFromSystem = (): boolean => isSystemUser(this.#platform, request.headers);
    const fault = faults.takeRestFault({ method: request.method ?? 'GET', path, isFromSystem });
    if (fault === undefined) return undefined;
    if (fault.delayMs !== undefined) await waitUnlessAborted(fault.delayMs, fault.ended.signal);
    if (fault.status === undefined) return undefined;
    request.resume();
    const json = errorBody('general/Error', `Answered with ${fault.status} on request.`);
    return { status: fault.status, type: 'error', json, always: true };
  }

  async #answer(request: IncomingMessage, path: string): Promise<Answer> {
    const principal = authenticate(this.#platform, request.headers);
    const override = request.headers['x-http-method'];
    const isOverridden = request.method === 'POST' && typeof override === 'string';
    const method = isOverridden ? override.toUpperCase() : (request.method ?? 'GET');
    const match: Match = this.#router.find(method, path);
    const { route, params } = match;
    if (principal.kind === 'bootstrap' && route.bootstrap !== true) throw forbidden();
    if (route.roles !== undefined) demandRole(principal, route.roles);
    const limit = route.upload === true ? UPLOAD_LIMIT_BYTES : DOCUMENT_LIMIT_BYTES;
    const url = request.url ?? '';
    const question = url.indexOf('?');
    const call: Call = {
      platform: this.#platform,
      tenant: this.#platform.tenant(principal.tenant),
      principal,
      method,
      path,
      query: question < 0 ? NO_QUERY : new URLSearchParams(url.slice(question + 1)),
      headers: request.headers,
      body: method === 'GET' || method === 'DELETE' ? Buffer.alloc(0) : await readBody(request, limit),
      params,
    };
    return route.handle(call);
  }
}
