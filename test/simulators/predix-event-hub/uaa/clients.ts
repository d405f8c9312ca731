import { randomBytes } from 'node:crypto';
import { JsonError } from './json-server.js';

/** How a client is registered. */
export interface ClientRegistration {
  readonly secret: string;
  /** The scopes it may ask for; `*` stands for one run of characters without dots. */
  readonly authorities: readonly string[];
}

/** A registered client. */
export interface Client {
  readonly id: string;
  readonly authorities: readonly string[];
  /** Claim `rev_sig`. UAA derives it from the secret; a random one has the same form and gives nothing away. */
  readonly revocationSignature: string;
}

interface Entry {
  readonly id: string;
  readonly secrets: Set<string>;
  readonly revocationSignature: string;
  authorities: readonly string[];
}

function unauthorized(description: string): JsonError {
  return new JsonError(401, 'unauthorized', description, { 'WWW-Authenticate': 'Basic realm="UAA/client"' });
}

/** Client id and secret of a Basic header; `undefined` when it is not one. */
function readBasic(authorization: string): readonly [id: string, secret: string] | undefined {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : [text.slice(0, colon), text.slice(colon + 1)];
}

/** The clients of a UAA. */
export class Clients {
  readonly #entries = new Map<string, Entry>();

  constructor(registrations: Readonly<Record<string, ClientRegistration>>) {
    for (const [id, { secret, authorities }] of Object.entries(registrations)) {
      const revocationSignature = randomBytes(4).toString('hex');
      this.#entries.set(id, { id, secrets: new Set([secret]), revocationSignature, authorities });
    }
  }

  /**
   * The client that a request comes from.
   *
   * @param authorization value of the header
   * @throws JsonError 401 `unauthorized`. The wording for wrong credentials is UAA's (Predix contract, section 10),
   *   the wording for a missing or malformed header is ours.
   */
  authenticate(authorization: string | undefined): Client {
    if (authorization === undefined) throw unauthorized('The Authorization header is missing.');
    const basic = readBasic(authorization);
    if (basic === undefined) throw unauthorized('The Authorization header is not well-formed Basic.');
    const entry = this.#entries.get(basic[0]);
    if (!entry?.secrets.has(basic[1])) throw unauthorized('Bad credentials');
    return entry;
  }

  /** @throws Error when there is no such client */
  addSecret(id: string, secret: string): void {
    this.#entry(id).secrets.add(secret);
  }

  /** @throws Error when there is no such client */
  removeSecret(id: string, secret: string): void {
    this.#entry(id).secrets.delete(secret);
  }

  /** @throws Error when there is no such client */
  setAuthorities(id: string, authorities: readonly string[]): void {
    this.#entry(id).authorities = authorities;
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new Error(`There is no client ${id}.`);
    return entry;
  }
}
