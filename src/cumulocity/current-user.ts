/** Who an inbound request comes from (microservice SDK, "Security": the gateway forwards the caller's credentials). */
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { PlatformClient } from './platform-client.js';

/** The user behind a request. */
export interface Caller {
  readonly tenant: string;
  readonly roles: ReadonlySet<string>;
}

const CurrentUser = z.object({ effectiveRoles: z.array(z.object({ id: z.string() })).default([]) });
const CurrentTenant = z.object({ name: z.string() });

/** Only this media type answers with the roles. */
const CURRENT_USER_TYPE = 'application/vnd.com.nsn.cumulocity.currentuser+json';
const FORWARDED = ['authorization', 'cookie', 'x-xsrf-token', 'tfatoken'] as const;

/**
 * The headers of a request that say who makes it.
 * @returns `undefined` when there are none
 */
export function credentialHeaders(headers: IncomingHttpHeaders): Record<string, string> | undefined {
  const found = FORWARDED.flatMap((name) => {
    const value = headers[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  const isComplete = found.some(([name]) => name === 'authorization' || name === 'cookie');
  return isComplete ? Object.fromEntries(found) : undefined;
}

/**
 * Asks the platform who the caller is.
 * @param baseUrl of the platform
 * @param headers what {@link credentialHeaders} found
 * @throws PlatformError with status 401 when the credentials are not valid
 * @throws PlatformUnreachable
 */
export async function readCaller(
  baseUrl: string,
  headers: Readonly<Record<string, string>>,
): Promise<Caller> {
  const caller = new PlatformClient(baseUrl, { headers });
  const [user, tenant] = await Promise.all([
    caller.json({ method: 'GET', path: '/user/currentUser', accept: CURRENT_USER_TYPE }, CurrentUser),
    caller.json({ method: 'GET', path: '/tenant/currentTenant' }, CurrentTenant),
  ]);
  return { tenant: tenant.name, roles: new Set(user.effectiveRoles.map(({ id }) => id)) };
}
