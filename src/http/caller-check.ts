/** Decides whether the caller of an endpoint may use it. Answers of the platform are kept for a short while. */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type Caller, credentialHeaders } from '../cumulocity/current-user.js';
import { PlatformError } from '../errors.js';

/** The answer to a check. */
export type CallerAnswer =
  | { readonly isAllowed: true; readonly caller: Caller }
  | {
      readonly isAllowed: false;
      readonly status: 401 | 403 | 503;
      readonly error: string;
      readonly message: string;
    };

/** How long an answer is used again: a page that refreshes does not ask the platform each time. */
const KEEP_MS = 10_000;
/** Beyond this many callers at once the oldest answer is forgotten. */
const KEEP_CALLERS = 1000;

/** See the head of this file. */
export class CallerCheck {
  readonly #read: (headers: Readonly<Record<string, string>>) => Promise<Caller>;
  readonly #known = new Map<string, { caller: Promise<Caller>; until: number }>();

  /** @param read asks the platform who these credentials belong to */
  constructor(read: (headers: Readonly<Record<string, string>>) => Promise<Caller>) {
    this.#read = read;
  }

  /**
   * Checks a request.
   * @param headers of the request, as the platform's gateway forwarded them
   * @param role that the caller needs
   */
  async check(headers: IncomingHttpHeaders, role: string): Promise<CallerAnswer> {
    const credentials = credentialHeaders(headers);
    if (credentials === undefined) return unauthorized('credentials are missing');
    try {
      const caller = await this.#callerOf(credentials);
      if (caller.roles.has(role)) return { isAllowed: true, caller };
      return {
        isAllowed: false,
        status: 403,
        error: 'security/Forbidden',
        message: `the role ${role} is needed`,
      };
    } catch (thrown) {
      if (thrown instanceof PlatformError && [401, 403].includes(thrown.status)) {
        return unauthorized('the credentials are not valid');
      }
      const message = 'Cumulocity could not be asked who the caller is; try again';
      return { isAllowed: false, status: 503, error: 'security/Unavailable', message };
    }
  }

  #callerOf(credentials: Record<string, string>): Promise<Caller> {
    // Kept by a digest: no credentials of a caller stay in memory.
    const key = createHash('sha256').update(JSON.stringify(credentials)).digest('base64');
    const known = this.#known.get(key);
    if (known !== undefined && known.until > Date.now()) return known.caller;
    const caller = this.#read(credentials);
    this.#known.delete(key);
    this.#known.set(key, { caller, until: Date.now() + KEEP_MS });
    caller.catch(() => this.#known.delete(key));
    const [oldest] = this.#known.keys();
    if (this.#known.size > KEEP_CALLERS && oldest !== undefined) this.#known.delete(oldest);
    return caller;
  }
}

function unauthorized(message: string): CallerAnswer {
  return { isAllowed: false, status: 401, error: 'security/Unauthorized', message };
}
