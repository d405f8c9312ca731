/**
 * The routes of one tenant: starts, changes and ends them as its options say. What a change does not touch goes on.
 */
import type { Config } from '../config.js';
import type { PlatformClient } from '../cumulocity/platform-client.js';
import { listSubscriptionNames } from '../cumulocity/subscriptions.js';
import type { HubPool } from '../destinations/azure-event-hubs/hub-pool.js';
import { describeProblem, type Problem, reasonOf } from '../errors.js';
import type { Log } from '../log.js';
import { expiryWarnings } from './hub-options.js';
import { Route, type RouteStatus } from './route.js';
import { DEFAULT_ROUTE, type RouteOptions } from './tenant-options.js';
import type { ForwardingTiming } from './timing.js';
import { Topic } from './topic.js';

/** What the routes of a tenant are made with. */
export interface RoutesParts {
  readonly config: Config;
  readonly timing: ForwardingTiming;
  readonly hubs: HubPool;
  readonly service: PlatformClient;
  readonly log: Log;
}

/** See the head of this file. */
export class Routes {
  readonly #parts: RoutesParts;
  readonly #routes = new Map<string, Route>();
  /** The subscriber, and what every subscription's name begins with: topics are shared by a tenant's applications. */
  readonly #subscriber: string;
  #service: PlatformClient;
  #hasLookedForLeftovers = false;
  #refused: readonly Problem[] = [];

  constructor(parts: RoutesParts) {
    this.#parts = parts;
    this.#service = parts.service;
    this.#subscriber = parts.config.applicationName.replace(/[^A-Za-z0-9]/g, '');
  }

  get status(): readonly RouteStatus[] {
    return [...this.#routes.values()].map((route) => route.status);
  }

  /** New ways into a hub that were refused; the ones before stay in use, and `apply` has to be called again. */
  get refused(): readonly Problem[] {
    return this.#refused;
  }

  /** Credentials that end soon. */
  get warnings(): readonly string[] {
    const hubs = [...this.#routes.values()].map(({ options }) => options.hub);
    return hubs.flatMap((hub) => expiryWarnings(hub, Date.now()));
  }

  /** Takes over a new password of the service user. */
  async useService(service: PlatformClient): Promise<void> {
    this.#service = service;
    await Promise.all([...this.#routes.values()].map((route) => route.useService(service)));
  }

  /**
   * Makes the routes what the options say.
   * @param wanted the routes that are to run; none: the tenant is switched off
   * @param signal ends it between two steps
   * @throws PlatformError, PlatformUnreachable when it could not be seen what an earlier run has left behind
   */
  async apply(wanted: readonly RouteOptions[], signal: AbortSignal): Promise<void> {
    await this.#removeLeftovers(wanted, signal);
    const refused: Problem[] = [];
    for (const [name, route] of this.#routes) {
      if (signal.aborted) return;
      const options = wanted.find((each) => each.name === name);
      // A topic that nobody reads any more must not keep a backlog.
      if (options === undefined) await this.#end(name, () => route.remove(this.#parts.timing.changeMs));
      else if (JSON.stringify(options) === JSON.stringify(route.options)) continue;
      else if (isSameHub(options, route.options))
        refused.push(...(await this.#changeHub(route, options, signal)));
      else await this.#end(name, () => route.stop(this.#parts.timing.changeMs));
    }
    this.#report(refused);
    if (signal.aborted) return;
    for (const options of wanted) if (!this.#routes.has(options.name)) this.#start(options);
  }

  /** Stops all routes in order; subscriptions and consumers stay. */
  async stop(drainMs: number): Promise<void> {
    await Promise.all([...this.#routes].map(([name, route]) => this.#end(name, () => route.stop(drainMs))));
  }

  /** Stops all routes, and removes their consumers and subscriptions. */
  async remove(drainMs: number): Promise<void> {
    await Promise.all([...this.#routes].map(([name, route]) => this.#end(name, () => route.remove(drainMs))));
  }

  /** Once: a route may have been taken out of the options while no service was running to see it. */
  async #removeLeftovers(wanted: readonly RouteOptions[], signal: AbortSignal): Promise<void> {
    if (this.#hasLookedForLeftovers) return;
    const topics = wanted.map(({ name }) => this.#topicOf(name));
    const isOwn = (name: string): boolean =>
      name === this.#subscriber || name.startsWith(`${this.#subscriber}Route`);
    const names = await listSubscriptionNames(this.#service, signal);
    for (const name of new Set(names.filter((each) => isOwn(each) && !topics.includes(each)))) {
      this.#parts.log.info('removing a subscription that no route needs any more', { subscription: name });
      await this.#makeTopic(name, this.#parts.log).remove();
    }
    this.#hasLookedForLeftovers = true;
  }

  async #end(name: string, end: () => Promise<void>): Promise<void> {
    await end();
    this.#routes.delete(name);
  }

  /** Returns a problem when the hub refuses the new way in. */
  async #changeHub(route: Route, options: RouteOptions, signal: AbortSignal): Promise<readonly Problem[]> {
    const destination = this.#parts.hubs.acquire(options.hub);
    try {
      await route.useHub(options, destination, signal);
      return [];
    } catch (thrown) {
      await destination.close();
      const given = `the hub was not opened with the new credentials or transport: ${reasonOf(thrown)}`;
      const accepted = 'those with which it can be opened; the ones before stay in use meanwhile';
      return [{ key: `route ${options.name}`, given, accepted }];
    }
  }

  #report(refused: readonly Problem[]): void {
    const isNews = refused.some(({ given }) => !this.#refused.some((known) => known.given === given));
    if (isNews) this.#parts.log.error('options cannot be used', { problems: refused.map(describeProblem) });
    this.#refused = refused;
  }

  #start(options: RouteOptions): void {
    const log = this.#parts.log.child({ route: options.name });
    const route = new Route({
      options,
      topic: this.#makeTopic(this.#topicOf(options.name), log),
      destination: this.#parts.hubs.acquire(options.hub),
      timing: this.#parts.timing,
      log,
    });
    this.#routes.set(options.name, route);
    route.start();
  }

  #topicOf(routeName: string): string {
    return routeName === DEFAULT_ROUTE ? this.#subscriber : `${this.#subscriber}Route${routeName}`;
  }

  #makeTopic(name: string, log: Log): Topic {
    const { baseUrl } = this.#parts.config;
    return new Topic({ name, subscriber: this.#subscriber, baseUrl, service: this.#service, log });
  }
}

/** Whether two routes differ in nothing but the way into their hub, which can be changed under load. */
function isSameHub(left: RouteOptions, right: RouteOptions): boolean {
  const place = ({ hub: { host, port, hubName }, ...rest }: RouteOptions): string =>
    JSON.stringify({ ...rest, host, port, hubName });
  return place(left) === place(right);
}
