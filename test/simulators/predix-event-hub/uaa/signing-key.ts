import { randomBytes } from 'node:crypto';
import {
  type CryptoKey,
  errors,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose';
import { JsonError } from './json-server.js';

const ALGORITHM = 'RS256';

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

/**
 * To make a pair takes longer than all else that a UAA does, so a process has a few, given out in turn: keys that
 * follow one another are never the same.
 */
const pairs: (Promise<KeyPair> | undefined)[] = Array.from({ length: 3 });
let turn = 0;

function nextPair(): Promise<KeyPair> {
  const at = turn++ % pairs.length;
  const pair = pairs[at] ?? generateKeyPair(ALGORITHM, { extractable: true });
  pairs[at] = pair;
  return pair;
}

/** The key pair that tokens are signed with, and its name. */
export class SigningKey {
  readonly #private: CryptoKey;
  readonly #public: CryptoKey;
  readonly #kid = `key-${randomBytes(4).toString('hex')}`;

  private constructor(pair: KeyPair) {
    this.#private = pair.privateKey;
    this.#public = pair.publicKey;
  }

  /** Another one than that before. */
  static async create(): Promise<SigningKey> {
    return new SigningKey(await nextPair());
  }

  /** Makes a token of its claims. */
  sign(claims: JWTPayload): Promise<string> {
    const header = { alg: ALGORITHM, kid: this.#kid, typ: 'JWT' };
    return new SignJWT(claims).setProtectedHeader(header).sign(this.#private);
  }

  /**
   * The claims of a token that this key signed.
   *
   * @throws JsonError 400 `invalid_token`; wording and status are ours
   */
  async verify(token: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, this.#public, { algorithms: [ALGORITHM] });
      return payload;
    } catch (error) {
      const isExpired = error instanceof errors.JWTExpired;
      throw new JsonError(
        400,
        'invalid_token',
        isExpired ? 'The token has expired.' : 'The token is invalid.',
      );
    }
  }

  /** What `GET /token_key` answers: the key as PEM in `value`, and as JWK (Predix contract, section 10). */
  async published(): Promise<object> {
    const { kty, e, n } = await exportJWK(this.#public);
    const value = await exportSPKI(this.#public);
    return { kty, e, use: 'sig', kid: this.#kid, alg: ALGORITHM, value, n };
  }
}
