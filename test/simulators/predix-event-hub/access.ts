/**
 * Who may do what: the check that stands before every stream and upgrade (Predix contract, sections 3, 11 and 15).
 */

import { missingScope } from './auth/scopes.js';
import { AuthError, type TokenCheck, type TokenClaims } from './auth/token-check.js';
import type { Topic } from './store/topic.js';
import { defaultTopic, type Zones } from './store/zones.js';

/** What a client says of itself when it opens a stream. */
export interface Claimed {
  readonly authorization: string | undefined;
  readonly zone: string | undefined;
  /** As given; `undefined`: no such header. */
  readonly topics: readonly string[] | undefined;
  readonly protocol: 'grpc' | 'wss';
  readonly operation: 'publish' | 'subscribe';
}

/** What a client gets. */
export interface Admission {
  readonly zone: string;
  readonly topics: readonly Topic[];
  /** When the token ends, in milliseconds since 1970. */
  readonly expiresAtMs: number;
  readonly clientId: string;
}

/** Why a client gets nothing. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly kind: 'token' | 'no token' | 'scope' | 'zone' | 'topic';

  constructor(kind: Refusal['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** See the head of this file. */
export class Access {
  readonly #zones: Zones;
  readonly #tokens: TokenCheck;
  readonly #scopePrefix: string | undefined;

  constructor(zones: Zones, tokens: TokenCheck, scopePrefix?: string) {
    this.#zones = zones;
    this.#tokens = tokens;
    this.#scopePrefix = scopePrefix;
  }

  /** Rejects with a {@link Refusal}. */
  async admit(claimed: Claimed): Promise<Admission> {
    const claims = await this.#verify(claimed.authorization);
    const zone = claimed.zone ?? '';
    if (zone === '') throw new Refusal('zone', 'Missing Predix-Zone-Id header');
    if (!this.#zones.hasZone(zone)) throw new Refusal('zone', `Unknown zone ${zone}`);
    const missing = missingScope({
      ...{ zone, protocol: claimed.protocol, operation: claimed.operation },
      ...{ topics: claimed.topics, held: claims.scope },
      ...(this.#scopePrefix === undefined ? {} : { scopePrefix: this.#scopePrefix }),
    });
    if (missing !== undefined) throw new Refusal('scope', `Missing scope ${missing}`);
    const names = [...new Set(claimed.topics ?? [defaultTopic])];
    if (claimed.operation === 'publish' && names.length > 1) {
      throw new Refusal('topic', 'A publisher has one topic');
    }
    const topics = names.map((name) => this.#zones.topic(zone, name) ?? unknownTopic(name));
    return { zone, topics, expiresAtMs: claims.exp * 1000, clientId: claims.client_id };
  }

  async #verify(authorization: string | undefined): Promise<TokenClaims> {
    try {
      return await this.#tokens.verify(authorization);
    } catch (thrown) {
      if (!(thrown instanceof AuthError)) throw thrown;
      if (thrown.kind === 'missing') throw new Refusal('no token', 'Missing Authorization header');
      throw new Refusal('token', `Could not authenticate user: ${thrown.message}`);
    }
  }
}

function unknownTopic(name: string): never {
  throw new Refusal('topic', `Topic ${name} does not exist`);
}
