import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { UploadedBinary } from './applications.js';
import { CumulocityFaults } from './faults.js';
import { HttpListener } from './http/listener.js';
import { RestServer } from './http/rest-server.js';
import { ServiceProxy } from './http/service-proxy.js';
import { LocalTenant } from './local-tenant.js';
import { ConsumerEndpoint, isConsumerPath, refuseUpgrade } from './notifications/consumer-endpoint.js';
import type { DiscardedBacklog, MissedNotification, PublishedNotification } from './notifications/reports.js';
import { Tokens } from './notifications/token.js';
import { Platform } from './platform.js';
import { isMessagingManagement } from './rest/messaging-management.js';
import { completeSettings, type LocalCumulocityOptions } from './settings.js';

export type { LocalTenant } from './local-tenant.js';
export type { PublishedNotification } from './notifications/reports.js';
export type { LocalCumulocityOptions } from './settings.js';

function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '/';
  const question = url.indexOf('?');
  return question < 0 ? url : url.slice(0, question);
}

/**
 * A Cumulocity on this machine: the REST calls and the Notification 2.0 sockets that a hosted microservice and
 * its devices use, for several tenants, in one process and without any account. State lives in memory.
 */
export class LocalCumulocity {
  /** Faults that can be brought about. */
  readonly faults: CumulocityFaults;
  readonly #platform: Platform;
  readonly #listener: HttpListener;
  readonly #endpoint: ConsumerEndpoint;
  readonly #tenants = new Map<string, LocalTenant>();

  private constructor(platform: Platform) {
    this.#platform = platform;
    this.#endpoint = new ConsumerEndpoint(platform);
    const rest = new RestServer(platform);
    const proxy = new ServiceProxy(platform);
    this.#listener = new HttpListener(platform.settings.port, {
      request: (request, response) => this.#request(request, response, rest, proxy),
      upgrade: (request, socket, head) => this.#upgrade(request, socket, head),
    });
    this.faults = new CumulocityFaults(platform, this.#endpoint, this.#listener);
    this.addTenant(platform.settings.ownerTenant);
  }

  /**
   * Starts listening on 127.0.0.1, with the owner tenant and one application that nobody is subscribed to.
   *
   * @throws the system error when the port is taken
   */
  static async start(options: LocalCumulocityOptions = {}): Promise<LocalCumulocity> {
    const local = new LocalCumulocity(new Platform(completeSettings(options), await Tokens.create()));
    await local.#listener.open();
    local.#platform.url = `http://127.0.0.1:${local.port}`;
    return local;
  }

  /** Base address, `http://127.0.0.1:<port>`. */
  get url(): string {
    return this.#platform.url;
  }

  /** TCP port. */
  get port(): number {
    return this.#listener.port;
  }

  /** Credentials of the application's bootstrap user. */
  bootstrapUser(): { tenant: string; user: string; password: string } {
    return this.#platform.applications.bootstrapUser(this.#platform.application);
  }

  /** The environment that the platform injects into the container of the application, except its port. */
  serviceEnvironment(): Record<string, string> {
    const { tenant, user, password } = this.bootstrapUser();
    const { name, key } = this.#platform.application;
    return {
      APPLICATION_NAME: name,
      APPLICATION_KEY: key,
      C8Y_BASEURL: this.url,
      C8Y_BOOTSTRAP_TENANT: tenant,
      C8Y_BOOTSTRAP_USER: user,
      C8Y_BOOTSTRAP_PASSWORD: password,
      C8Y_MICROSERVICE_ISOLATION: 'MULTI_TENANT',
    };
  }

  /** Adds a tenant with an administrator; one that exists is returned as it is. */
  addTenant(id: string): LocalTenant {
    let tenant = this.#tenants.get(id);
    if (tenant === undefined) {
      tenant = new LocalTenant(this.#platform.addTenant(id), this.#endpoint);
      this.#tenants.set(id, tenant);
    }
    return tenant;
  }

  /**
   * One tenant.
   *
   * @throws Error when it was not added
   */
  tenant(id: string): LocalTenant {
    const tenant = this.#tenants.get(id);
    if (tenant === undefined) throw new Error(`there is no tenant ${id}; add it with addTenant`);
    return tenant;
  }

  /** Subscribes a tenant to the application: its service user gets the required roles and a random password. */
  subscribeTenant(id: string): void {
    this.#platform.applications.subscribe(this.#platform.application, this.tenant(id).id);
  }

  /** Ends the subscription of a tenant; the service user is gone at once. Subscriptions and topics stay. */
  unsubscribeTenant(id: string): void {
    this.#platform.applications.unsubscribe(this.#platform.application, this.tenant(id).id);
  }

  /** Whether a tenant is subscribed to the application. */
  isSubscribed(id: string): boolean {
    return this.#platform.application.subscribers.has(id);
  }

  /**
   * Gives the service user of a tenant a new password; the old one is refused from then on.
   *
   * @throws Error when the tenant is not subscribed
   */
  rotatePassword(id: string): void {
    const { application, applications } = this.#platform;
    if (!this.isSubscribed(id)) throw new Error(`tenant ${id} is not subscribed`);
    applications.renewServiceUser(application, id);
  }

  /** Sets tenant options in the application's category; those not named stay. */
  setOptions(tenantId: string, options: Record<string, string>): void {
    const store = this.#platform.tenant(tenantId).options;
    const { settingsCategory } = this.#platform.settings;
    for (const [key, value] of Object.entries(options)) store.set(settingsCategory, key, value);
  }

  /** Removes one tenant option in the application's category. */
  deleteOption(tenantId: string, key: string): void {
    this.#platform.tenant(tenantId).options.delete(this.#platform.settings.settingsCategory, key);
  }

  /**
   * Calls the listener for every notification that a persistent topic keeps, in order.
   *
   * @returns ends it
   */
  onPublished(listener: (notification: PublishedNotification) => void): () => void {
    return this.#platform.reports.published.on(listener);
  }

  /**
   * Calls the listener for every subscriber of a persistent topic that is removed, with what it gives up.
   *
   * @returns ends it
   */
  onDiscarded(listener: (backlog: DiscardedBacklog) => void): () => void {
    return this.#platform.reports.discarded.on(listener);
  }

  /**
   * Calls the listener for every change that a persistent topic did not get, for want of a subscriber or because its
   * subscription was deleted; a subscription that is made again counts as the same, whatever its filter.
   *
   * @returns ends it
   */
  onMissed(listener: (notification: MissedNotification) => void): () => void {
    return this.#platform.reports.missed.on(listener);
  }

  /**
   * Where `/service/<contextPath>/...` is forwarded to.
   *
   * @param url base address of the microservice; undefined = it does not run
   * @param contextPath that of the application unless said otherwise
   */
  setServiceTarget(url: string | undefined, contextPath = this.#platform.application.contextPath): void {
    if (url === undefined) this.#platform.serviceTargets.delete(contextPath);
    else this.#platform.serviceTargets.set(contextPath, url);
  }

  /** The files uploaded for an application of that name, oldest first. */
  uploads(applicationName = this.#platform.application.name): readonly UploadedBinary[] {
    const all = [...this.#platform.applications.all()];
    return all.find((application) => application.name === applicationName)?.binaries ?? [];
  }

  /** Closes every socket and the listening one; no handle stays open. */
  async stop(): Promise<void> {
    await this.#listener.close();
    this.#platform.faults.pauseRest(false);
  }

  #request(request: IncomingMessage, response: ServerResponse, rest: RestServer, proxy: ServiceProxy): void {
    const path = pathOf(request);
    if (path.startsWith('/service/') && !isMessagingManagement(path)) proxy.handle(request, response);
    else void rest.handle(request, response, path);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (isConsumerPath(pathOf(request))) void this.#endpoint.upgrade(request, socket, head);
    else refuseUpgrade(socket, 404);
  }
}
