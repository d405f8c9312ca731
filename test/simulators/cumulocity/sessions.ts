import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Principal } from './users.js';

interface Session {
  readonly principal: Principal;
  readonly xsrfToken: string;
}

/** What a browser holds after a login. */
export interface SessionCredentials {
  /** Value of the cookie `authorization`, also usable as Bearer token. */
  readonly token: string;
  /** Value for the header `X-XSRF-TOKEN` that has to go with the cookie. */
  readonly xsrfToken: string;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function cookieOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  for (const pair of headers.cookie?.split(';') ?? []) {
    const equals = pair.indexOf('=');
    if (pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}

/** Logged-in sessions: a token in the cookie `authorization` with its XSRF token, or as Bearer token. */
export class Sessions {
  readonly #byToken = new Map<string, Session>();

  /** Opens a session. The token is shaped like a JWT with the tenant in claim `ten`; only this class knows it. */
  open(principal: Principal): SessionCredentials {
    const claims = { sub: principal.name, ten: principal.tenant, jti: randomBytes(12).toString('hex') };
    const signature = randomBytes(32).toString('base64url');
    const token = `${encode({ alg: 'RS256' })}.${encode(claims)}.${signature}`;
    const xsrfToken = randomBytes(12).toString('hex');
    this.#byToken.set(token, { principal, xsrfToken });
    return { token, xsrfToken };
  }

  /** Who the Bearer header or the cookie belongs to; the cookie counts only with its XSRF token. */
  authenticate(headers: IncomingHttpHeaders): Principal | undefined {
    const { authorization } = headers;
    if (authorization !== undefined) {
      if (!/^bearer /i.test(authorization)) return undefined;
      return this.#byToken.get(authorization.slice(7).trim())?.principal;
    }
    const session = this.#byToken.get(cookieOf(headers, 'authorization') ?? '');
    return session?.xsrfToken === headers['x-xsrf-token'] ? session?.principal : undefined;
  }
}
