import { randomUUID } from 'node:crypto';
import type { Client } from './clients.js';

/** What a token is made of. */
export interface TokenRequest {
  readonly client: Client;
  readonly scopes: readonly string[];
  /** URL of the token endpoint. */
  readonly issuer: string;
  /** Life of the token in seconds; 0 or less makes an expired one. */
  readonly lifetimeSeconds: number;
}

/** The claims of an access token. */
export interface AccessTokenClaims {
  readonly jti: string;
  readonly [name: string]: unknown;
}

/** Identity zone of a UAA that is not divided into zones. */
export const IDENTITY_ZONE = 'uaa';

/** Claim `aud`: the client id, and every scope without its last segment. */
function audienceOf(clientId: string, scopes: readonly string[]): readonly string[] {
  const resources = scopes.filter((scope) => scope.includes('.')).map((s) => s.slice(0, s.lastIndexOf('.')));
  return [...new Set([clientId, ...resources])];
}

/** All claims that a real Event Hub token has (Predix contract, section 10). Times are Unix seconds. */
export function accessTokenClaims({
  client,
  scopes,
  issuer,
  lifetimeSeconds,
}: TokenRequest): AccessTokenClaims {
  const issuedAt = Math.floor(Date.now() / 1000);
  return {
    jti: randomUUID().replaceAll('-', ''),
    sub: client.id,
    scope: scopes,
    client_id: client.id,
    cid: client.id,
    azp: client.id,
    grant_type: 'client_credentials',
    rev_sig: client.revocationSignature,
    iat: issuedAt,
    exp: issuedAt + lifetimeSeconds,
    iss: issuer,
    zid: IDENTITY_ZONE,
    aud: audienceOf(client.id, scopes),
  };
}
