import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as open,
  type ServerResponse,
} from 'node:http';
import { pipeline } from 'node:stream';
import type { Application } from '../applications.js';
import type { Platform } from '../platform.js';
import { authenticate } from './authentication.js';
import { errorBody, forbidden, notFound, RestError } from './rest-error.js';

/** A request to a microservice: which one, and the path it sees. */
interface ServiceRequest {
  readonly application: Application;
  readonly target: string;
  readonly path: string;
}

/** Headers as they arrive at the microservice: the caller's own, credentials unchanged, plus the forwarding ones. */
function forwardedHeaders(request: IncomingMessage, contextPath: string): IncomingHttpHeaders {
  return {
    ...request.headers,
    host: `${contextPath}.default.svc.cluster.local:80`,
    'x-forwarded-host': request.headers.host ?? '',
    'x-forwarded-prefix': `/service/${contextPath}`,
    'x-forwarded-proto': 'http',
    'x-real-ip': request.socket.remoteAddress ?? '127.0.0.1',
    connection: 'close',
  };
}

function answerError(response: ServerResponse, thrown: unknown): void {
  const error =
    thrown instanceof RestError ? thrown : new RestError(500, 'general/Internal Error', String(thrown));
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(error.status, { 'Content-Type': 'application/json' });
  response.end(errorBody(error.error, error.message));
}

/** The gateway of `/service/<contextPath>/...`: checks the caller and the subscription, then forwards. */
export class ServiceProxy {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** Handles one request whose path starts with `/service/`. */
  handle(request: IncomingMessage, response: ServerResponse): void {
    try {
      this.#forward(this.#locate(request), request, response);
    } catch (error) {
      request.resume();
      answerError(response, error);
    }
  }

  #locate(request: IncomingMessage): ServiceRequest {
    const parts = /^\/service\/([^/?]+)(.*)$/.exec(request.url ?? '');
    const contextPath = parts?.[1] ?? '';
    const principal = authenticate(this.#platform, request.headers);
    const application = [...this.#platform.applications.all()].find((one) => one.contextPath === contextPath);
    // The answer to an unknown or not subscribed microservice is not documented; 404 and 403 are taken.
    if (application === undefined) throw notFound('microservice', `No microservice ${contextPath}.`);
    if (!application.subscribers.has(principal.tenant)) throw forbidden();
    const target = this.#platform.serviceTargets.get(contextPath);
    if (target === undefined) throw unavailable();
    const rest = parts?.[2] ?? '';
    return { application, target, path: rest.startsWith('/') ? rest : `/${rest}` };
  }

  #forward(to: ServiceRequest, request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(to.target);
    const outgoing = open({
      host: url.hostname,
      port: url.port,
      path: to.path,
      method: request.method ?? 'GET',
      headers: forwardedHeaders(request, to.application.contextPath),
      agent: false,
    });
    outgoing.on('response', (incoming) => {
      const headers = { ...incoming.headers };
      delete headers.connection;
      response.writeHead(incoming.statusCode ?? 502, headers);
      pipeline(incoming, response, () => {});
    });
    outgoing.on('error', () => answerError(response, unavailable()));
    response.on('close', () => outgoing.destroy());
    request.pipe(outgoing);
  }
}

/** The wording is the platform's; its status is not documented. */
function unavailable(): RestError {
  return new RestError(503, 'microservice/Unavailable', 'Microservice not available. Connection refused');
}
