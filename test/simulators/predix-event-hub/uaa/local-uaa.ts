/**
 * A Cloud Foundry UAA on this machine, as far as the Event Hub and its clients use it: the client credentials grant,
 * the signing key and the token check (Predix contract, section 10).
 */
import type { IncomingMessage } from 'node:http';
import { type ClientRegistration, Clients } from './clients.js';
import { readForm } from './form.js';
import { grantScopes } from './granted-scopes.js';
import { type JsonAnswer, JsonError, JsonServer, type JsonServerOptions, pathOf } from './json-server.js';
import { SigningKey } from './signing-key.js';
import { accessTokenClaims } from './token-claims.js';

/** How a UAA is set up. */
export interface LocalUaaOptions extends JsonServerOptions {
  /** Clients by id. */
  readonly clients: Readonly<Record<string, ClientRegistration>>;
  /** Life of a token in seconds; default 43199, as UAA's. */
  readonly lifetimeSeconds?: number;
}

interface Route {
  readonly method: 'GET' | 'POST';
  readonly answer: (request: IncomingMessage) => Promise<JsonAnswer>;
}

const TOKEN_PATH = '/oauth/token';

/** A grant type is not named in the errors of the contract; these are the ones of RFC 6749, section 5.2. */
function demandClientCredentials(grantType: string | null): void {
  if (grantType === null) throw new JsonError(400, 'invalid_request', 'Missing grant type');
  if (grantType !== 'client_credentials') {
    throw new JsonError(400, 'unsupported_grant_type', 'The grant type must be client_credentials.');
  }
}

/** See the head of this file. */
export class LocalUaa {
  readonly #server: JsonServer;
  readonly #clients: Clients;
  readonly #routes: ReadonlyMap<string, Route> = new Map<string, Route>([
    [TOKEN_PATH, { method: 'POST', answer: (request) => this.#issue(request) }],
    [
      '/token_key',
      { method: 'GET', answer: async () => ({ status: 200, body: await this.#key.published() }) },
    ],
    ['/check_token', { method: 'POST', answer: (request) => this.#check(request) }],
  ]);
  #key: SigningKey;
  #issued = 0;

  /** Life in seconds of the tokens that are issued from now on; 0 or less makes expired ones. */
  lifetimeSeconds: number;

  private constructor(clients: Clients, key: SigningKey, server: JsonServer, lifetimeSeconds: number) {
    this.#clients = clients;
    this.#key = key;
    this.#server = server;
    this.lifetimeSeconds = lifetimeSeconds;
  }

  /**
   * Starts a UAA on 127.0.0.1; over plain HTTP when it is given no certificate.
   *
   * @throws the system error when the port is taken
   */
  static async start({ clients, lifetimeSeconds = 43_199, ...options }: LocalUaaOptions): Promise<LocalUaa> {
    const key = await SigningKey.create();
    const server = await JsonServer.start((request) => uaa.#answer(request), options);
    const uaa = new LocalUaa(new Clients(clients), key, server, lifetimeSeconds);
    return uaa;
  }

  /** URL of the token endpoint: what clients call the auth URL and tokens carry as `iss`. */
  get issuer(): string {
    return `${this.#server.url}${TOKEN_PATH}`;
  }

  /** How many tokens were issued. */
  get issued(): number {
    return this.#issued;
  }

  /**
   * Lets a client use one more secret, as during a rotation.
   *
   * @throws Error when there is no such client
   */
  addSecret(clientId: string, secret: string): void {
    this.#clients.addSecret(clientId, secret);
  }

  /**
   * Takes a secret away from a client, at the end of a rotation; tokens that are out stay good.
   *
   * @throws Error when there is no such client
   */
  removeSecret(clientId: string, secret: string): void {
    this.#clients.removeSecret(clientId, secret);
  }

  /**
   * Replaces the scopes a client may ask for; tokens that are out keep theirs.
   *
   * @throws Error when there is no such client
   */
  setAuthorities(clientId: string, authorities: readonly string[]): void {
    this.#clients.setAuthorities(clientId, authorities);
  }

  /** Signs with a new key from now on and no longer vouches for tokens of the old one. */
  async rotateSigningKey(): Promise<void> {
    this.#key = await SigningKey.create();
  }

  /** Stops it; no handle stays open. Doing it again does nothing. */
  stop(): Promise<void> {
    return this.#server.stop();
  }

  async #answer(request: IncomingMessage): Promise<JsonAnswer> {
    const route = this.#routes.get(pathOf(request));
    if (route === undefined) throw new JsonError(404, 'not_found', 'There is no resource at this path.');
    if (request.method !== route.method) {
      const description = `Only ${route.method} is allowed here.`;
      throw new JsonError(405, 'method_not_allowed', description, { Allow: route.method });
    }
    return route.answer(request);
  }

  async #issue(request: IncomingMessage): Promise<JsonAnswer> {
    const form = await readForm(request);
    const client = this.#clients.authenticate(request.headers.authorization);
    demandClientCredentials(form.get('grant_type'));
    const scopes = grantScopes(form.get('scope'), client.authorities);
    const { issuer, lifetimeSeconds } = this;
    const claims = accessTokenClaims({ client, scopes, issuer, lifetimeSeconds });
    const token = await this.#key.sign(claims);
    this.#issued++;
    const body = {
      access_token: token,
      token_type: 'bearer',
      expires_in: lifetimeSeconds,
      scope: scopes.join(' '),
      jti: claims.jti,
    };
    return { status: 200, body, headers: { 'Cache-Control': 'no-store' } };
  }

  async #check(request: IncomingMessage): Promise<JsonAnswer> {
    const form = await readForm(request);
    this.#clients.authenticate(request.headers.authorization);
    const token = form.get('token');
    if (token === null) throw new JsonError(400, 'invalid_request', 'The parameter token is missing.');
    return { status: 200, body: await this.#key.verify(token) };
  }
}
