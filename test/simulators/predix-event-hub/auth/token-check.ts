/** Checks tokens the way the service does: locally, with the key of a trusted issuer (Predix contract, section 10). */
import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import { type FetchKey, fetchKeyOverHttp, type IssuerKey, IssuerKeys } from './issuer-keys.js';

/** How tokens are checked. */
export interface TokenCheckOptions {
  /** Values of `iss` that are accepted: token URLs, with `/oauth/token`. */
  readonly trustedIssuers: readonly string[];
  /** How the key of an issuer is read; default over HTTP or HTTPS. */
  readonly fetchKey?: FetchKey;
  /** Certificate authority in PEM that is trusted in place of the system's when a key is read over HTTPS. */
  readonly ca?: string | undefined;
}

/** What an accepted token says; the names are those of its claims. */
export interface TokenClaims {
  /** URL of the token endpoint it comes from. */
  readonly iss: string;
  readonly client_id: string;
  readonly scope: readonly string[];
  /** When it expires, in Unix seconds. */
  readonly exp: number;
}

/**
 * Why a token is not accepted: there is none; it cannot be read or its signature is wrong; it is expired; its issuer
 * is not trusted; or the issuer's key cannot be had.
 */
export type AuthErrorKind = 'missing' | 'invalid' | 'expired' | 'untrusted' | 'unavailable';

/** A token that is not accepted. The message can be sent to the client: it never holds any part of the token. */
export class AuthError extends Error {
  override readonly name = 'AuthError';
  readonly kind: AuthErrorKind;

  constructor(kind: AuthErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

interface Unverified {
  readonly token: string;
  readonly kid: string | undefined;
  readonly issuer: string;
}

// Predix contract, section 9.
const LONGEST_TOKEN = 60_000;

/** Clients send the token bare on gRPC and with `Bearer` elsewhere; both are taken everywhere (section 3). */
function bareToken(authorizationValue: string | undefined): string {
  const token = (authorizationValue ?? '').trim().replace(/^bearer(\s+|$)/i, '');
  if (token === '') throw new AuthError('missing', 'Missing Authorization header');
  if (token.length > LONGEST_TOKEN) {
    throw new AuthError('invalid', `the token has more than ${LONGEST_TOKEN} characters.`);
  }
  return token;
}

function decode(token: string): Unverified {
  try {
    return { token, kid: decodeProtectedHeader(token).kid, issuer: decodeJwt(token).iss ?? '' };
  } catch {
    throw new AuthError('invalid', 'the token cannot be read.');
  }
}

/** The claims if this key signed the token, else `undefined`: another key of the issuer may have. */
async function claimsSignedBy(
  issuerKey: IssuerKey,
  { token, kid }: Unverified,
): Promise<JWTPayload | undefined> {
  if (kid !== undefined && issuerKey.kid !== undefined && kid !== issuerKey.kid) return undefined;
  try {
    const options = { algorithms: ['RS256'], requiredClaims: ['exp'] };
    return (await jwtVerify(token, issuerKey.key, options)).payload;
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return undefined;
    if (error instanceof errors.JWTExpired) throw new AuthError('expired', 'the token is expired.');
    throw new AuthError('invalid', 'the token is not acceptable.');
  }
}

async function available(reading: Promise<IssuerKey>): Promise<IssuerKey> {
  try {
    return await reading;
  } catch {
    throw new AuthError('unavailable', 'the key of the token issuer cannot be read.');
  }
}

function readClaims(payload: JWTPayload, iss: string): TokenClaims {
  const { client_id, scope, exp } = payload as Record<string, unknown>;
  return {
    iss,
    client_id: typeof client_id === 'string' ? client_id : '',
    scope: Array.isArray(scope) ? scope.filter((name) => typeof name === 'string') : [],
    exp: Number(exp),
  };
}

/** See the head of this file. */
export class TokenCheck {
  readonly #trustedIssuers: readonly string[];
  readonly #keys: IssuerKeys;

  constructor({ trustedIssuers, ca, fetchKey = fetchKeyOverHttp(ca) }: TokenCheckOptions) {
    this.#trustedIssuers = trustedIssuers;
    this.#keys = new IssuerKeys(fetchKey);
  }

  /**
   * Checks issuer, signature and expiry. Scopes are the caller's matter: see `missingScope` and `hasAdmin`.
   *
   * @param authorizationValue value of the header or metadata entry: the token, with or without `Bearer`
   * @throws AuthError its `kind` tells why the token is not accepted
   */
  async verify(authorizationValue: string | undefined): Promise<TokenClaims> {
    const unverified = decode(bareToken(authorizationValue));
    const { issuer } = unverified;
    // Before anything is fetched: else a client could have the service call any address.
    if (!this.#trustedIssuers.includes(issuer)) {
      throw new AuthError('untrusted', 'the issuer of the token is not trusted.');
    }
    const cached = this.#keys.cached(issuer);
    const payload =
      cached === undefined ? undefined : await claimsSignedBy(await available(cached), unverified);
    return readClaims(payload ?? (await this.#withFetched(unverified)), issuer);
  }

  /** The issuer may have changed its key since it was read. */
  async #withFetched(unverified: Unverified): Promise<JWTPayload> {
    const key = await available(this.#keys.fetch(unverified.issuer));
    const payload = await claimsSignedBy(key, unverified);
    if (payload === undefined) throw new AuthError('invalid', 'the signature of the token is wrong.');
    return payload;
  }
}
