import { randomBytes } from 'node:crypto';
import type { ConsumerEndpoint } from './notifications/consumer-endpoint.js';
import { publishAll } from './publishing.js';
import { showSubscription } from './rest/notification2.js';
import type { SessionCredentials } from './sessions.js';
import type { TenantState } from './tenant-state.js';
import { ADMIN_ROLES, type Principal } from './users.js';

/** Figures of one topic. */
export interface TopicFigures {
  /** Bytes that at least one subscriber has not acknowledged. */
  backlogBytes: number;
  /** Notifications that at least one subscriber has not acknowledged. */
  unacknowledged: number;
  /** Connected consumer sockets. */
  consumers: number;
  /** Names of the subscribers, connected or not. */
  subscribers: string[];
}

/** One tenant of the local Cumulocity, as tests and demos handle it. */
export class LocalTenant {
  readonly id: string;
  /** Administrator with every role of the platform. */
  readonly admin: { user: string; password: string };
  readonly #state: TenantState;
  readonly #endpoint: ConsumerEndpoint;
  readonly #principals = new Map<string, Principal>();

  constructor(state: TenantState, endpoint: ConsumerEndpoint) {
    this.id = state.id;
    this.#state = state;
    this.#endpoint = endpoint;
    this.admin = { user: 'admin', password: randomBytes(12).toString('base64url') };
    this.addUser(this.admin.user, this.admin.password, [...ADMIN_ROLES]);
  }

  /** Adds or replaces a user of the tenant. */
  addUser(user: string, password: string, roles: string[]): void {
    const tenant = this.id;
    const principal: Principal = {
      kind: 'user',
      tenant,
      name: user,
      roles: new Set(roles),
      application: undefined,
    };
    this.#principals.set(user, principal);
    this.#state.platform.users.set(principal, password);
  }

  /**
   * Logs a user in, as a browser does.
   *
   * @throws Error when `addUser` was not called for the user
   */
  openSession(user: string): SessionCredentials {
    const principal = this.#principals.get(user);
    if (principal === undefined) throw new Error(`tenant ${this.id} has no user ${user}`);
    return this.#state.platform.sessions.open(principal);
  }

  /**
   * Creates a device, as POST /inventory/managedObjects does.
   *
   * @returns its id
   */
  createDevice(name: string): string {
    const [object, change] = this.#state.inventory.create({ name, c8y_IsDevice: {} }, this.admin.user);
    publishAll(this.#state, [change]);
    return object.id;
  }

  /** Whether there is a managed object. */
  hasObject(id: string | undefined): boolean {
    return this.#state.inventory.find(id) !== undefined;
  }

  /**
   * Figures of a topic; undefined while no consumer has ever connected to it.
   *
   * @param nonPersistent the topic of that name that lives in memory
   */
  topic(name: string, nonPersistent = false): TopicFigures | undefined {
    const topic = this.#state.findTopic(name, nonPersistent);
    if (topic === undefined) return undefined;
    topic.expire();
    const subscribers = [...topic.subscribers.values()];
    return {
      backlogBytes: topic.backlogBytes,
      unacknowledged: topic.unacknowledged,
      consumers: subscribers.reduce((sum, subscriber) => sum + subscriber.consumers.length, 0),
      subscribers: subscribers.map((subscriber) => subscriber.name),
    };
  }

  /** The subscriptions as the REST API shows them. */
  subscriptions(): readonly object[] {
    return [...this.#state.subscriptions.all()].map((one) => showSubscription(this.#state, one));
  }

  /** Number of connected consumer sockets. */
  consumerSockets(): number {
    return this.#endpoint.connected(this.id).length;
  }
}
