/** Tokens of either kind, wherever they come: at `$cbs`, in a management request, in a header of HTTPS. */
import { decodeJwt } from 'jose';
import type { Broker } from './broker.js';
import { checkSasToken, isSasToken, type TokenVerdict } from './sas.js';

/**
 * Checks a token. Not every SDK names the type of its token truly, so the token itself decides what it is.
 *
 * @param audience URI or path the client asks for.
 * @param nowMs Unix time in milliseconds.
 */
export function checkToken(token: string, audience: string, broker: Broker, nowMs: number): TokenVerdict {
  return isSasToken(token)
    ? checkSasToken(token, audience, broker.rules, nowMs)
    : checkJwt(token, broker.acceptJwt, nowMs);
}

function checkJwt(token: string, acceptJwt: boolean, nowMs: number): TokenVerdict {
  if (!acceptJwt) return { failure: 'MalformedToken: only shared access signatures are accepted here.' };
  try {
    const { exp } = decodeJwt(token);
    if (exp === undefined) return { failure: 'MalformedToken: the token has no expiry.' };
    if (exp * 1000 <= nowMs) return { failure: 'ExpiredToken: the token is expired.' };
    return { grant: { rights: ['Manage'], expiresAtMs: exp * 1000 } };
  } catch {
    return { failure: 'MalformedToken: the token is no JSON web token.' };
  }
}
