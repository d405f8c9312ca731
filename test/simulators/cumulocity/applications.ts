import { randomBytes } from 'node:crypto';
import { RestError } from './http/rest-error.js';
import type { JsonObject } from './json.js';
import type { Users } from './users.js';

/** A file that was uploaded for an application. */
export interface UploadedBinary {
  readonly id: string;
  readonly fileName: string;
  /** Size of the whole upload in bytes. */
  readonly sizeBytes: number;
}

/** An application of the platform; here always a microservice unless its creator says otherwise. */
export interface Application {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly contextPath: string;
  readonly ownerTenant: string;
  /** Tenant option category that its system users may decrypt. */
  readonly settingsCategory: string;
  requiredRoles: readonly string[];
  roles: readonly string[];
  manifest: JsonObject;
  /** Subscribed tenants. */
  readonly subscribers: Set<string>;
  readonly binaries: UploadedBinary[];
}

/** What has to be known to create an application. */
export type NewApplication = Omit<Application, 'id' | 'subscribers' | 'binaries' | 'manifest'>;

function newPassword(): string {
  return randomBytes(24).toString('base64url');
}

/** The applications of the platform and their system users. */
export class Applications {
  readonly #users: Users;
  readonly #byId = new Map<string, Application>();
  #lastId = 100;

  constructor(users: Users) {
    this.#users = users;
  }

  /** All, oldest first. */
  all(): Iterable<Application> {
    return this.#byId.values();
  }

  /** One by its id. */
  get(id: string): Application | undefined {
    return this.#byId.get(id);
  }

  /**
   * Creates an application with its bootstrap user.
   *
   * @throws RestError 409 when the owner has one of that name
   */
  create(wanted: NewApplication): Application {
    for (const other of this.all()) {
      const sameName = other.name === wanted.name && other.ownerTenant === wanted.ownerTenant;
      if (sameName) throw new RestError(409, 'applications/Duplicate', 'Application name already exists.');
    }
    const id = String(++this.#lastId);
    const application = { ...wanted, id, manifest: {}, subscribers: new Set<string>(), binaries: [] };
    this.#byId.set(id, application);
    const name = this.bootstrapName(application);
    const tenant = application.ownerTenant;
    const roles = new Set(['ROLE_APPLICATION_MANAGEMENT_READ', 'ROLE_USER_MANAGEMENT_OWN_READ']);
    this.#users.set({ kind: 'bootstrap', tenant, name, roles, application: id }, newPassword());
    return application;
  }

  /** Name of the bootstrap user. */
  bootstrapName(application: Application): string {
    return `servicebootstrap_${application.name}`;
  }

  /** Name of the service user in each subscribed tenant. */
  serviceName(application: Application): string {
    return `service_${application.name}`;
  }

  /** Credentials of the bootstrap user. */
  bootstrapUser(application: Application): { tenant: string; user: string; password: string } {
    const tenant = application.ownerTenant;
    const user = this.bootstrapName(application);
    return { tenant, user, password: this.#users.passwordOf(tenant, user) ?? '' };
  }

  /** Subscribes a tenant: its service user gets the required roles and a random password. */
  subscribe(application: Application, tenant: string): void {
    application.subscribers.add(tenant);
    this.renewServiceUser(application, tenant);
  }

  /** Gives the service user of a tenant a new password; the old one is refused from then on. */
  renewServiceUser(application: Application, tenant: string): void {
    const name = this.serviceName(application);
    const roles = new Set(application.requiredRoles);
    this.#users.set({ kind: 'service', tenant, name, roles, application: application.id }, newPassword());
  }

  /** Ends the subscription of a tenant; its service user is gone at once. */
  unsubscribe(application: Application, tenant: string): void {
    application.subscribers.delete(tenant);
    this.#users.remove(tenant, this.serviceName(application));
  }

  /** Password of the service user of a subscribed tenant. */
  servicePassword(application: Application, tenant: string): string {
    return this.#users.passwordOf(tenant, this.serviceName(application)) ?? '';
  }
}
