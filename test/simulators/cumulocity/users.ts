import { forbidden } from './http/rest-error.js';

/** Who a request comes from. */
export interface Principal {
  /** Bootstrap and service users are the system users of an application. */
  readonly kind: 'user' | 'service' | 'bootstrap';
  readonly tenant: string;
  readonly name: string;
  readonly roles: ReadonlySet<string>;
  /** Id of the application a system user belongs to. */
  readonly application: string | undefined;
}

interface Account {
  readonly principal: Principal;
  readonly password: string;
}

/** Roles of a tenant administrator. */
export const ADMIN_ROLES: readonly string[] = [
  'ALARM',
  'APPLICATION_MANAGEMENT',
  'AUDIT',
  'DEVICE_CONTROL',
  'EVENT',
  'IDENTITY',
  'INVENTORY',
  'MEASUREMENT',
  'NOTIFICATION_2',
  'OPTION_MANAGEMENT',
  'TENANT_MANAGEMENT',
  'USER_MANAGEMENT',
]
  .flatMap((name) => [`ROLE_${name}_READ`, `ROLE_${name}_ADMIN`])
  .concat('ROLE_INVENTORY_CREATE', 'ROLE_USER_MANAGEMENT_OWN_READ', 'ROLE_USER_MANAGEMENT_OWN_ADMIN');

/** The users of all tenants and the check of their Basic credentials. */
export class Users {
  readonly #accounts = new Map<string, Account>();
  /** Header value to principal, so that a header seen before is not decoded again. */
  readonly #seen = new Map<string, Principal>();

  /** Adds or replaces a user. */
  set(principal: Principal, password: string): void {
    this.#seen.clear();
    this.#accounts.set(`${principal.tenant}/${principal.name}`, { principal, password });
  }

  /** Removes a user; the credentials are refused from the next request on. */
  remove(tenant: string, name: string): void {
    this.#seen.clear();
    this.#accounts.delete(`${tenant}/${name}`);
  }

  /** Password of a user, if there is that user. */
  passwordOf(tenant: string, name: string): string | undefined {
    return this.#accounts.get(`${tenant}/${name}`)?.password;
  }

  /**
   * Checks a Basic header, `<tenant>/<user>:<password>`. A user part without tenant is refused: there is no
   * tenant domain on a loopback address to take it from.
   *
   * @param header value of `Authorization`
   */
  authenticate(header: string): Principal | undefined {
    const seen = this.#seen.get(header);
    if (seen !== undefined) return seen;
    if (!/^basic /i.test(header)) return undefined;
    const decoded = Buffer.from(header.slice(6), 'base64').toString('utf8');
    const colon = decoded.indexOf(':');
    const account = this.#accounts.get(decoded.slice(0, colon));
    if (colon < 0 || account === undefined || account.password !== decoded.slice(colon + 1)) return undefined;
    this.#seen.set(header, account.principal);
    return account.principal;
  }
}

/**
 * Demands one of the roles.
 *
 * @throws RestError 403 when the principal has none of them
 */
export function demandRole(principal: Principal, anyOf: readonly string[]): void {
  if (!anyOf.some((role) => principal.roles.has(role))) throw forbidden();
}
