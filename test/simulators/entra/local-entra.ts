/**
 * A token issuer on this machine, in place of Entra ID: the client credentials grant of the Microsoft identity
 * platform (v2.0), as far as its client libraries use it.
 */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generateKeyPair, SignJWT } from 'jose';

/** How an issuer is set up. */
export interface LocalEntraOptions {
  /** Key and certificate in PEM. */
  readonly tls: { readonly key: string; readonly cert: string };
  /** Applications that get a token: client id and secret. */
  readonly applications: Readonly<Record<string, string>>;
  /** Life of a token in seconds; default 3600. */
  readonly lifetimeSeconds?: number;
}

type SigningKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

const AUDIENCE = 'https://eventhubs.azure.net';

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  return new URLSearchParams(text);
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

/** See the head of this file. */
export class LocalEntra {
  readonly #server: Server;
  readonly #options: LocalEntraOptions;
  readonly #key: SigningKey;
  /** The secrets that an application may use. */
  readonly #secrets = new Map<string, Set<string>>();
  #issued = 0;

  private constructor(options: LocalEntraOptions, key: SigningKey) {
    this.#options = options;
    this.#key = key;
    for (const [clientId, secret] of Object.entries(options.applications)) this.addSecret(clientId, secret);
    this.#server = createServer(options.tls, (request, response) => void this.#handle(request, response));
  }

  /** Starts an issuer on any free port of 127.0.0.1. */
  static async start(options: LocalEntraOptions): Promise<LocalEntra> {
    const { privateKey } = await generateKeyPair('RS256');
    const issuer = new LocalEntra(options, privateKey);
    issuer.#server.listen(0, '127.0.0.1');
    await once(issuer.#server, 'listening');
    return issuer;
  }

  /** What a client is given as its authority host. */
  get url(): string {
    return `https://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Lets an application use one more secret, as during a rotation. */
  addSecret(clientId: string, secret: string): void {
    this.#secrets.set(clientId, new Set([...(this.#secrets.get(clientId) ?? []), secret]));
  }

  /** How many tokens were issued. */
  get issued(): number {
    return this.#issued;
  }

  /** Stops it; no handle stays open. */
  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', this.url);
    const [, directory = ''] = pathname.split('/');
    if (pathname.endsWith('/.well-known/openid-configuration')) {
      answer(response, 200, this.#metadata(directory));
    } else if (pathname === `/${directory}/oauth2/v2.0/token` && request.method === 'POST') {
      await this.#issue(directory, await readForm(request), response);
    } else answer(response, 404, { error: 'not_found' });
  }

  #metadata(directory: string): object {
    const base = `${this.url}/${directory}`;
    return {
      issuer: `${base}/v2.0`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      token_endpoint: `${base}/oauth2/v2.0/token`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
      response_types_supported: ['code'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
    };
  }

  async #issue(directory: string, form: URLSearchParams, response: ServerResponse): Promise<void> {
    const clientId = form.get('client_id') ?? '';
    const { lifetimeSeconds = 3600 } = this.#options;
    const isKnown = this.#secrets.get(clientId)?.has(form.get('client_secret') ?? '') ?? false;
    if (!isKnown || form.get('grant_type') !== 'client_credentials') {
      const description = 'AADSTS7000215: Invalid client secret provided.';
      answer(response, 401, {
        error: 'invalid_client',
        error_description: description,
        error_codes: [7000215],
      });
      return;
    }
    this.#issued++;
    const token = await new SignJWT({ appid: clientId, tid: directory })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
      .setIssuer(`${this.url}/${directory}/v2.0`)
      .setAudience(AUDIENCE)
      .setIssuedAt()
      .setExpirationTime(`${lifetimeSeconds} s`)
      .sign(this.#key);
    const life = { expires_in: lifetimeSeconds, ext_expires_in: lifetimeSeconds };
    answer(response, 200, { token_type: 'Bearer', ...life, access_token: token });
  }
}
