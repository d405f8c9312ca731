import { type CryptoKey, importSPKI } from 'jose';
import { httpCall } from './http-call.js';

/** A public key as an issuer publishes it. */
export interface PublishedKey {
  /** Name of the key, absent when the issuer gives it none. */
  readonly kid?: string | undefined;
  /** Public key in PEM. */
  readonly value: string;
}

/** Reads the key at a URL ending in `/token_key`. */
export type FetchKey = (url: string) => Promise<PublishedKey>;

/** A key that is ready for use. */
export interface IssuerKey {
  readonly kid: string | undefined;
  readonly key: CryptoKey;
}

/**
 * A {@link FetchKey} over HTTP or HTTPS.
 *
 * @param ca certificate authority in PEM that is trusted in place of the system's
 */
export function fetchKeyOverHttp(ca: string | undefined): FetchKey {
  return async (url) => {
    const { status, text } = await httpCall(url, { ca });
    if (status !== 200) throw new Error(`The issuer answers ${status}.`);
    const { kid, value } = JSON.parse(text) as Record<string, unknown>;
    if (typeof value !== 'string') throw new Error('The issuer publishes no key.');
    return { value, kid: typeof kid === 'string' ? kid : undefined };
  };
}

/** Where an issuer publishes its key: its name without `/oauth/token`, and `/token_key` (Predix contract, section 10). */
function keyUrl(issuer: string): string {
  return `${issuer.replace(/\/oauth\/token\/?$/, '')}/token_key`;
}

/** The key of each issuer, as last read. */
export class IssuerKeys {
  readonly #fetchKey: FetchKey;
  readonly #keys = new Map<string, Promise<IssuerKey>>();

  constructor(fetchKey: FetchKey) {
    this.#fetchKey = fetchKey;
  }

  /** The key that was read before, or is being read. */
  cached(issuer: string): Promise<IssuerKey> | undefined {
    return this.#keys.get(issuer);
  }

  /**
   * Reads the key again; a key that is no longer published is no longer known.
   *
   * @throws what the reading throws, or an error of `jose` when it is no key
   */
  async fetch(issuer: string): Promise<IssuerKey> {
    const reading = this.#read(issuer);
    this.#keys.set(issuer, reading);
    try {
      return await reading;
    } catch (error) {
      // Only its own: a later reading may have begun meanwhile.
      if (this.#keys.get(issuer) === reading) this.#keys.delete(issuer);
      throw error;
    }
  }

  async #read(issuer: string): Promise<IssuerKey> {
    const { kid, value } = await this.#fetchKey(keyUrl(issuer));
    return { kid, key: await importSPKI(value, 'RS256') };
  }
}
