import type { IncomingHttpHeaders } from 'node:http';
import type { Platform } from '../platform.js';
import type { Principal } from '../users.js';
import { unauthorized } from './rest-error.js';

/**
 * Who a request comes from: Basic, Bearer, or the session cookie with its XSRF token.
 *
 * @throws RestError 401
 */
export function authenticate(platform: Platform, headers: IncomingHttpHeaders): Principal {
  const { authorization } = headers;
  const basic = authorization === undefined ? undefined : platform.users.authenticate(authorization);
  const principal = basic ?? platform.sessions.authenticate(headers);
  if (principal === undefined) throw unauthorized();
  return principal;
}
