/** Which scopes a client gets: the rules of the client credentials grant (Predix contract, section 10). */
import { JsonError } from './json-server.js';

/**
 * Splits the `scope` parameter of a token request. Clients of the Event Hub separate names with spaces or commas; a
 * `+` that is still there after form decoding was sent encoded, and separates too.
 */
export function splitScopes(parameter: string): readonly string[] {
  return [...new Set(parameter.split(/[\s+,]+/).filter((name) => name !== ''))];
}

/**
 * Whether an authority covers a scope: a `*` stands for one run of at least one character, none of which is a dot.
 * A literal `*` is such a run too. Case matters.
 */
export function authorityCovers(authority: string, scope: string): boolean {
  const literals = authority.split('*').map((literal) => literal.replace(/[.\\+?^${}()|[\]]/g, '\\$&'));
  return new RegExp(`^${literals.join('[^.]+')}$`).test(scope);
}

/**
 * The scopes of a new token.
 *
 * @param parameter the `scope` parameter of the request; absent or without a name = the authorities as they stand,
 *   `*` included
 * @throws JsonError 400 `invalid_scope`, naming the first scope that no authority covers
 */
export function grantScopes(parameter: string | null, authorities: readonly string[]): readonly string[] {
  const asked = splitScopes(parameter ?? '');
  if (asked.length === 0) return authorities;
  const refused = asked.find((scope) => !authorities.some((authority) => authorityCovers(authority, scope)));
  if (refused === undefined) return asked;
  const description = `${refused} is invalid. Please use a valid scope name in the request`;
  throw new JsonError(400, 'invalid_scope', description);
}
