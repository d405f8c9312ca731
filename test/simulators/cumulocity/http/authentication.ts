import type { IncomingHttpHeaders } from 'node:http';
import type { Platform } from '../platform.js';
import type { Principal } from '../users.js';
import { unauthorized } from './rest-error.js';

function principalOf(platform: Platform, headers: IncomingHttpHeaders): Principal | undefined {
  const { authorization } = headers;
  const basic = authorization === undefined ? undefined : platform.users.authenticate(authorization);
  return basic ?? platform.sessions.authenticate(headers);
}

/**
 * Who a request comes from: Basic, Bearer, or the session cookie with its XSRF token.
 *
 * @throws RestError 401
 */
export function authenticate(platform: Platform, headers: IncomingHttpHeaders): Principal {
  const principal = principalOf(platform, headers);
  if (principal === undefined) throw unauthorized();
  return principal;
}

/** Whether a request comes from a bootstrap or service user, with the right password. */
export function isSystemUser(platform: Platform, headers: IncomingHttpHeaders): boolean {
  const principal = principalOf(platform, headers);
  return principal !== undefined && principal.kind !== 'user';
}
