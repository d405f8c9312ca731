/** Shared access signatures (Azure documentation, "Authenticate access using shared access signatures"). */
import { createHmac } from 'node:crypto';

/**
 * Makes a token.
 * @param resource what it is good for, with everything below, e.g. `https://ns.servicebus.windows.net/hub`
 * @param keyName name of the shared access policy
 * @param key used as text: it is not decoded, although it looks like base64
 * @param expiresAt end of its life, in seconds since 1970
 */
export function createSasToken(resource: string, keyName: string, key: string, expiresAt: number): string {
  const sr = encodeURIComponent(resource);
  const signature = createHmac('sha256', key).update(`${sr}\n${expiresAt}`).digest('base64');
  const sig = encodeURIComponent(signature);
  return `SharedAccessSignature sr=${sr}&sig=${sig}&se=${expiresAt}&skn=${encodeURIComponent(keyName)}`;
}

/**
 * When a ready-made token ends.
 * @param token with the field `se`
 * @returns milliseconds since 1970; `undefined` when the token does not say
 */
export function sasExpiry(token: string): number | undefined {
  const seconds = /[?&\s]se=(\d+)/.exec(` ${token}`)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}
