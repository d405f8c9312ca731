import { type Application, Applications } from './applications.js';
import { FaultState } from './fault-state.js';
import { notFound } from './http/rest-error.js';
import { Reports } from './notifications/reports.js';
import type { Subscriber } from './notifications/subscriber.js';
import type { Tokens } from './notifications/token.js';
import { Sessions } from './sessions.js';
import type { Settings } from './settings.js';
import { TenantState } from './tenant-state.js';
import { Users } from './users.js';

/** Everything the local Cumulocity holds; it outlives a pause of its listening socket. */
export class Platform {
  readonly settings: Settings;
  readonly tokens: Tokens;
  readonly users = new Users();
  readonly sessions = new Sessions();
  readonly applications = new Applications(this.users);
  readonly tenants = new Map<string, TenantState>();
  readonly faults: FaultState;
  readonly reports = new Reports();
  /** The application that was made at the start. */
  readonly application: Application;
  /** Base of every link, `http://127.0.0.1:<port>`. */
  url = '';
  /** Where the microservice of a context path listens. */
  readonly serviceTargets = new Map<string, string>();

  constructor(settings: Settings, tokens: Tokens) {
    this.settings = settings;
    this.tokens = tokens;
    this.faults = new FaultState(settings.lingerMs);
    this.addTenant(settings.ownerTenant);
    this.application = this.applications.create({
      key: `${settings.applicationName}-key`,
      name: settings.applicationName,
      type: 'MICROSERVICE',
      contextPath: settings.applicationName,
      ownerTenant: settings.ownerTenant,
      settingsCategory: settings.settingsCategory,
      requiredRoles: settings.requiredRoles,
      roles: settings.roles,
    });
  }

  /** Adds a tenant; one that exists stays as it is. */
  addTenant(id: string): TenantState {
    let tenant = this.tenants.get(id);
    if (tenant === undefined) {
      tenant = new TenantState(this, id);
      this.tenants.set(id, tenant);
    }
    return tenant;
  }

  /** The subscribers of all topics of all tenants. */
  *subscribers(): Iterable<Subscriber> {
    for (const tenant of this.tenants.values()) {
      for (const topic of tenant.topics()) yield* topic.subscribers.values();
    }
  }

  /**
   * One tenant.
   *
   * @throws RestError 404 when there is no such tenant
   */
  tenant(id: string): TenantState {
    const found = this.tenants.get(id);
    if (found === undefined) throw notFound('tenant', `There is no tenant ${id}.`);
    return found;
  }
}
