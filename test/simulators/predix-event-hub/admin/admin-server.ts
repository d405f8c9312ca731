/**
 * The admin API of the Event Hub: creating, deleting and listing topics (Predix contract, section 13). The bodies are
 * ours, except that of the list; the statuses are not.
 */
import type { IncomingMessage } from 'node:http';
import { hasAdmin } from '../auth/scopes.js';
import { AuthError, type TokenCheck } from '../auth/token-check.js';
import {
  type JsonAnswer,
  JsonError,
  JsonServer,
  type JsonServerOptions,
  pathOf,
} from '../uaa/json-server.js';
import { type AdminRoute, readAdminRoute } from './admin-route.js';
import type { TopicDirectory } from './topic-directory.js';
import { isTopicName, TOPIC_NAME_RULE } from './topic-name.js';

/** How an admin server is set up. */
export interface AdminServerOptions extends JsonServerOptions {
  readonly directory: TopicDirectory;
  readonly tokens: TokenCheck;
  /** What stands before the zone in a scope, closing dot included. */
  readonly scopePrefix?: string | undefined;
}

function unauthorized(description: string): JsonError {
  return new JsonError(401, 'unauthorized', description, { 'WWW-Authenticate': 'Bearer' });
}

function methodNotAllowed(allowed: string): JsonError {
  return new JsonError(405, 'method_not_allowed', `Only ${allowed} is allowed here.`, { Allow: allowed });
}

/** See the head of this file. */
export class AdminServer {
  readonly #directory: TopicDirectory;
  readonly #tokens: TokenCheck;
  readonly #scopePrefix: string | undefined;
  readonly #server: JsonServer;

  private constructor({ directory, tokens, scopePrefix }: AdminServerOptions, server: JsonServer) {
    this.#directory = directory;
    this.#tokens = tokens;
    this.#scopePrefix = scopePrefix;
    this.#server = server;
  }

  /**
   * Starts the admin API on 127.0.0.1; over plain HTTP when it is given no certificate.
   *
   * @throws the system error when the port is taken
   */
  static async start(options: AdminServerOptions): Promise<AdminServer> {
    const server = await JsonServer.start((request) => admin.#answer(request), options);
    const admin = new AdminServer(options, server);
    return admin;
  }

  /** Scheme, host and port. */
  get url(): string {
    return this.#server.url;
  }

  /** Stops it; no handle stays open. Doing it again does nothing. */
  stop(): Promise<void> {
    return this.#server.stop();
  }

  async #answer(request: IncomingMessage): Promise<JsonAnswer> {
    const route = readAdminRoute(pathOf(request));
    if (route === undefined) throw new JsonError(404, 'not_found', 'There is no resource at this path.');
    await this.#authorize(request.headers.authorization, route.zone);
    if (!this.#directory.hasZone(route.zone)) throw new JsonError(404, 'not_found', 'There is no such zone.');
    return this.#act(request.method, route);
  }

  /** @throws JsonError 401, also for a missing permission: the API has no 403 */
  async #authorize(authorization: string | undefined, zone: string): Promise<void> {
    try {
      const { scope: held } = await this.#tokens.verify(authorization);
      if (hasAdmin({ zone, scopePrefix: this.#scopePrefix, held })) return;
    } catch (error) {
      throw error instanceof AuthError ? unauthorized(error.message) : error;
    }
    throw unauthorized('Missing user permissions: the scopes user and admin of the zone are needed.');
  }

  #act(method: string | undefined, { zone, topic }: AdminRoute): JsonAnswer {
    if (topic === undefined) {
      if (method !== 'GET') throw methodNotAllowed('GET');
      const { topicLimit } = this.#directory;
      return { status: 200, body: { topics: this.#directory.topics(zone), topicLimit } };
    }
    if (method === 'PUT') return this.#create(zone, topic);
    if (method === 'DELETE') return this.#delete(zone, topic);
    throw methodNotAllowed('PUT, DELETE');
  }

  #create(zone: string, topic: string): JsonAnswer {
    if (!isTopicName(topic)) throw new JsonError(400, 'bad_request', TOPIC_NAME_RULE);
    const outcome = this.#directory.createTopic(zone, topic);
    if (outcome === 'created') return { status: 201, body: { message: 'Created successfully.' } };
    if (outcome === 'exists') return { status: 200, body: { message: 'Topic already created.' } };
    const description = 'Maximum topics limit has been reached. Delete a topic before you create another.';
    throw new JsonError(400, 'bad_request', description);
  }

  /** Also a deletion that fails is answered with 200, so a name that no topic can have is too. */
  #delete(zone: string, topic: string): JsonAnswer {
    if (isTopicName(topic) && topic !== 'topic') this.#directory.deleteTopic(zone, topic);
    return { status: 200, body: { message: 'OK' } };
  }
}
