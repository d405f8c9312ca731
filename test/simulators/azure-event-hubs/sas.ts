/** Shared access signature tokens: making, reading and checking them. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { isUnder, parseResource, type ResourceName } from './addresses.js';
import type { AuthorizationRules, Right } from './authorization-rules.js';

/** A token that was accepted. */
export interface Grant {
  readonly rights: readonly Right[];
  /** Unix time in milliseconds. */
  readonly expiresAtMs: number;
}

/** The outcome of checking a token; the failure is a text for the client. */
export type TokenVerdict = { readonly grant: Grant } | { readonly failure: string };

interface SasFields {
  readonly resource: string;
  readonly signature: string;
  readonly expiry: string;
  readonly rule: string;
}

const prefix = 'SharedAccessSignature ';

/** Whether a text is a shared access signature at all. The `type` that clients send along does not tell. */
export function isSasToken(text: string): boolean {
  return text.startsWith(prefix);
}

/**
 * Makes a token.
 *
 * @param resource URI the token is good for, with everything below it.
 * @param expirySeconds Unix time in seconds.
 */
export function createSasToken(resource: string, rule: string, key: string, expirySeconds: number): string {
  const encoded = encodeURIComponent(resource);
  const signature = encodeURIComponent(sign(encoded, String(expirySeconds), key));
  return `${prefix}sr=${encoded}&sig=${signature}&se=${expirySeconds}&skn=${encodeURIComponent(rule)}`;
}

/**
 * Checks a token against the rules: signature, expiry and that the audience lies under its resource.
 *
 * @param audience URI the client asks a claim for.
 * @param nowMs Unix time in milliseconds.
 */
export function checkSasToken(
  token: string,
  audience: string,
  rules: AuthorizationRules,
  nowMs: number,
): TokenVerdict {
  const fields = parseSasToken(token);
  if (!fields) return { failure: 'MalformedToken: the token has no sr, sig, se or skn.' };
  const name = parseResource(audience);
  const matching = rules
    .applicable(fields.rule, name.path)
    .find((rule) => sameText(sign(fields.resource, fields.expiry, rule.key), fields.signature));
  if (!matching) return { failure: 'InvalidSignature: the token has an invalid signature.' };
  if (!covers(fields.resource, name)) {
    return { failure: `InvalidAudience: '${audience}' is not within the resource of the token.` };
  }
  const expiresAtMs = Number(fields.expiry) * 1000;
  if (!(expiresAtMs > nowMs)) return { failure: 'ExpiredToken: the token is expired.' };
  return { grant: { rights: matching.rights, expiresAtMs } };
}

/** The resource stays as it was sent: its exact encoding, which differs between clients, is what was signed. */
function parseSasToken(token: string): SasFields | undefined {
  const fields = new Map<string, string>();
  for (const pair of token.slice(prefix.length).split('&')) {
    const equals = pair.indexOf('=');
    if (equals > 0) fields.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  const resource = fields.get('sr');
  const signature = decode(fields.get('sig'));
  const expiry = fields.get('se');
  const rule = decode(fields.get('skn'));
  if (!resource || !signature || !expiry || !rule || !/^\d+$/.test(expiry)) return undefined;
  return { resource, signature, expiry, rule };
}

/** The key is used as text: it is not decoded from base64. */
function sign(encodedResource: string, expiry: string, key: string): string {
  return createHmac('sha256', key).update(`${encodedResource}\n${expiry}`).digest('base64');
}

/** Compares host and path without scheme, port and case; a resource without a scheme begins with the host. */
function covers(encodedResource: string, name: ResourceName): boolean {
  const text = decode(encodedResource) ?? '';
  const resource = parseResource(text.includes('://') ? text : `sb://${text}`);
  if (name.host !== undefined && resource.host !== name.host) return false;
  return isUnder(name.path, resource.path);
}

function decode(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function sameText(left: string, right: string): boolean {
  const leftBytes = Buffer.from(left);
  const rightBytes = Buffer.from(right);
  return leftBytes.length === rightBytes.length && timingSafeEqual(leftBytes, rightBytes);
}
