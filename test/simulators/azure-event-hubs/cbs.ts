/** The `$cbs` node: clients put their tokens here (Event Hubs AMQP protocol guide, put-token). */
import { parseAddress, parseResource } from './addresses.js';
import type { Broker } from './broker.js';
import type { Claims } from './claims.js';
import { condition, entityNotFound, tracked } from './hub-errors.js';
import type { NodeRequest, NodeResponse } from './reply-link.js';
import { checkToken } from './tokens.js';

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
  const verdict = checkToken(token, audience, broker, Date.now());
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
