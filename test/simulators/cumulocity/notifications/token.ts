import { randomUUID } from 'node:crypto';
import { type GenerateKeyPairResult, generateKeyPair, jwtVerify, SignJWT } from 'jose';

/** What a token names: a subscriber on a topic of a tenant. */
export interface TokenGrant {
  readonly tenant: string;
  /** Name of the topic. */
  readonly subscription: string;
  readonly subscriber: string;
  readonly shared: boolean;
  readonly nonPersistent: boolean;
}

const TOPIC = /^([^/]+)\/relnotif\/([^/]+)$/;

let keyPair: Promise<GenerateKeyPairResult> | undefined;

/** One key pair per process: making one takes long, and a platform that restarts keeps its own as well. */
function sharedKeyPair(): Promise<GenerateKeyPairResult> {
  keyPair ??= generateKeyPair('RS256');
  return keyPair;
}

/** Issues and checks the RS256 tokens of Notification 2.0. */
export class Tokens {
  readonly #keys: GenerateKeyPairResult;

  private constructor(keys: GenerateKeyPairResult) {
    this.#keys = keys;
  }

  /** Gets the key pair, which the first call in a process makes. */
  static async create(): Promise<Tokens> {
    return new Tokens(await sharedKeyPair());
  }

  /**
   * Signs a token. `shared` and `volatile` are claims with the text `true`, present only when set.
   *
   * @param expiresInMinutes may be a fraction or negative; the platform's limits are not documented
   */
  issue(grant: TokenGrant, expiresInMinutes: number): Promise<string> {
    const nowSeconds = Math.floor(Date.now() / 1000);
    const claims = {
      sub: grant.subscriber,
      topic: `${grant.tenant}/relnotif/${grant.subscription}`,
      jti: randomUUID(),
      iat: nowSeconds,
      exp: nowSeconds + Math.round(expiresInMinutes * 60),
      ...(grant.shared ? { shared: 'true' } : {}),
      ...(grant.nonPersistent ? { volatile: 'true' } : {}),
    };
    return new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).sign(this.#keys.privateKey);
  }

  /**
   * Checks a token.
   *
   * @param allowExpired true for unsubscribing, which an expired token may still do
   * @returns undefined when the token is not one of these or has expired
   */
  async verify(token: string, allowExpired = false): Promise<TokenGrant | undefined> {
    try {
      const currentDate = allowExpired ? new Date(0) : new Date();
      const options = { algorithms: ['RS256'], currentDate };
      const { payload } = await jwtVerify(token, this.#keys.publicKey, options);
      const topic = TOPIC.exec(String(payload['topic']));
      if (topic === null || payload.sub === undefined) return undefined;
      return {
        tenant: topic[1] as string,
        subscription: topic[2] as string,
        subscriber: payload.sub,
        shared: payload['shared'] === 'true',
        nonPersistent: payload['volatile'] === 'true',
      };
    } catch {
      return undefined;
    }
  }
}
