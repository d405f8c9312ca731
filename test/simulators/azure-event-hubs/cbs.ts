/** The `$cbs` node: clients put their tokens here (Event Hubs AMQP protocol guide, put-token). */
import { decodeJwt } from 'jose';
import { parseAddress, parseResource } from './addresses.js';
import type { Broker } from './broker.js';
import type { Claims } from './claims.js';
import { condition, entityNotFound, tracked } from './hub-errors.js';
import type { NodeRequest, NodeResponse } from './reply-link.js';
import { checkSasToken, isSasToken, type TokenVerdict } from './sas.js';

/**
 * Answers one put-token request and, when the token is good, adds its claim to the connection.
 */
export function putToken(request: NodeRequest, claims: Claims, broker: Broker): NodeResponse {
  const properties = request.message.application_properties ?? {};
  if (properties['operation'] !== 'put-token')
    return refused(400, condition.notAllowed, 'Expected put-token.');
  const audience = properties['name'];
  const token = tokenText(request.message.body);
  if (typeof audience !== 'string' || token === undefined) {
    return refused(400, condition.argumentError, 'Expected a name and a token.');
  }
  const { path } = parseResource(audience);
  const unknown = unknownEntity(path, broker);
  if (unknown !== undefined) return notFound(unknown);
  // Not every SDK names the type of its token truly, so the token itself decides what it is.
  const verdict = isSasToken(token)
    ? checkSasToken(token, audience, broker.rules, Date.now())
    : checkJwt(token, broker.acceptJwt, Date.now());
  if ('failure' in verdict) return refused(401, condition.unauthorized, verdict.failure);
  claims.put(path, verdict.grant);
  return { status: 202, description: 'Accepted' };
}

/** The hub of a path that does not exist, or undefined. The root of the namespace is no hub. */
function unknownEntity(path: string, broker: Broker): string | undefined {
  const address = parseAddress(path);
  if (!address || address.kind === 'cbs' || address.hub === undefined) return undefined;
  return broker.findHub(address.hub) ? undefined : address.hub;
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

/** The token is the string of an amqp-value body; some clients put its bytes into a data body. */
function tokenText(body: unknown): string | undefined {
  if (typeof body === 'string') return body;
  if (typeof body === 'object' && body !== null && 'content' in body && Buffer.isBuffer(body.content)) {
    return body.content.toString('utf8');
  }
  return undefined;
}

function notFound(entity: string): NodeResponse {
  return { status: 404, description: 'Not Found', error: entityNotFound(entity) };
}

function refused(status: number, errorCondition: string, text: string): NodeResponse {
  return { status, description: text, error: { condition: errorCondition, description: tracked(text) } };
}
