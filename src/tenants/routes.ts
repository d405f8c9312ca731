/**
 * The routes of one tenant: starts, changes and ends them as its options say. What a change does not touch goes on.
 */
import type { Config } from '../config.js';
import type { PlatformClient } from '../cumulocity/platform-client.js';
import { listSubscriptionNames } from '../cumulocity/subscriptions.js';
import type { MemoryShares } from '../delivery/memory-shares.js';
import type { HubPool, SharedHub } from '../destinations/azure-event-hubs/hub-pool.js';
import { describeProblem, type Problem, reasonOf } from '../errors.js';
import { type Log, redact } from '../log.js';
import type { PlatformClock } from '../platform-clock.js';
import type { RouteRecord } from './copy-records.js';
import { expiryWarnings } from './hub-options.js';
import { Route, type RouteParts, type RouteStatus } from './route.js';
import type { SafetyNet } from './route-safety.js';
import { DEFAULT_ROUTE, type RouteOptions } from './tenant-options.js';
import type { ForwardingTiming } from './timing.js';
import { Topic, type TopicParts } from './topic.js';

/** What the routes of a tenant are made with. */
export interface RoutesParts {
  readonly config: Config;
  readonly timing: ForwardingTiming;
  readonly hubs: HubPool;
  readonly memory: MemoryShares;
  readonly service: PlatformClient;
  readonly clock: PlatformClock;
  readonly safety: SafetyNet;
  readonly log: Log;
}

/** How often a removal is tried. */
const MOST_TRIES = 5;

/** See the head of this file. */
export class Routes {
  readonly #parts: RoutesParts;
  readonly #routes = new Map<string, Route>();
  /** The subscriber, and what every subscription's name begins with: topics are shared by a tenant's applications. */
  readonly #subscriber: string;
  #service: PlatformClient;
  /** Topics to be removed, and how many times it was tried. */
  readonly #leftovers = new Map<string, number>();
  #hasLookedForLeftovers = false;
  #isRetiring = false;
  /** Since when all wanted routes have been open; `undefined` while one is not. */
  #allOpenAt: number | undefined;
  #refused: readonly Problem[] = [];
  /** Once stopped. */
  #lastRecords: Readonly<Record<string, RouteRecord>> | undefined;

  constructor(parts: RoutesParts) {
    this.#parts = parts;
    this.#service = parts.service;
    this.#subscriber = parts.config.applicationName.replace(/[^A-Za-z0-9]/g, '');
  }

  get status(): readonly RouteStatus[] {
    return [...this.#routes.values()].map((route) => route.status);
  }

  /** What a later run has to know of each route. */
  get records(): Readonly<Record<string, RouteRecord>> {
    if (this.#lastRecords !== undefined) return this.#lastRecords;
    return Object.fromEntries([...this.#routes].map(([name, route]) => [name, route.record]));
  }

  /** All routes that run. */
  get all(): readonly Route[] {
    return [...this.#routes.values()];
  }

  /** A route that runs. */
  find(name: string): Route | undefined {
    return this.#routes.get(name);
  }

  /** New ways into a hub that were refused; the ones before stay in use. */
  get refused(): readonly Problem[] {
    return this.#refused;
  }

  /** Whether everything is as it was asked for; otherwise `apply` has to be called again, with the same. */
  get isSettled(): boolean {
    return this.#refused.length === 0 && !this.#isRetiring && this.#leftovers.size === 0;
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
    for (const options of wanted) {
      const route = this.#routes.get(options.name);
      if (signal.aborted) return;
      if (route === undefined) refused.push(...this.#start(options));
      else if (JSON.stringify(options) !== JSON.stringify(route.options)) {
        refused.push(...(await this.#change(route, options, signal)));
      }
    }
    await this.#retire(wanted, signal);
    this.#report(refused);
  }

  /** Stops all routes in order; subscriptions and consumers stay. */
  async stop(drainMs: number): Promise<void> {
    await Promise.all([...this.#routes.values()].map((route) => route.stop(drainMs)));
    this.#lastRecords = this.records;
    this.#routes.clear();
  }

  /**
   * Stops all routes, and removes their consumers and subscriptions.
   * @param isStillWanted asked when everything is sent; if not, the routes are only stopped
   * @returns whether they were removed
   */
  async remove(drainMs: number, isStillWanted: () => Promise<boolean>): Promise<boolean> {
    const routes = [...this.#routes.values()];
    await Promise.all(routes.map((route) => route.drain(drainMs)));
    const isWanted = await isStillWanted();
    await Promise.all(routes.map((route) => (isWanted ? route.remove(0) : route.stop(0))));
    this.#routes.clear();
    return isWanted;
  }

  /**
   * Ends the routes that are not wanted any more. Where others take over from them, a route goes on until those
   * keep what comes and it has brought what came before to the hub; they wait for it, so that order holds.
   */
  async #retire(wanted: readonly RouteOptions[], signal: AbortSignal): Promise<void> {
    const staying = wanted.flatMap(({ name }) => this.#routes.get(name) ?? []);
    if (staying.every((route) => route.isOpen)) this.#allOpenAt ??= performance.now();
    else this.#allOpenAt = undefined;
    const sinceMs = this.#allOpenAt === undefined ? 0 : performance.now() - this.#allOpenAt;
    for (const [name, route] of this.#unwanted(wanted)) {
      if (signal.aborted) return;
      const mayEnd = staying.length === 0 || (this.#allOpenAt !== undefined && route.isCaughtUp(sinceMs));
      if (mayEnd) await this.#remove(name, route);
    }
    this.#isRetiring = this.#unwanted(wanted).length > 0;
    if (!this.#isRetiring) for (const route of staying) route.release();
  }

  #unwanted(wanted: readonly RouteOptions[]): readonly (readonly [string, Route])[] {
    return [...this.#routes].filter(([name]) => !wanted.some((options) => options.name === name));
  }

  /** A topic that nobody reads any more must not keep a backlog, so a removal that fails is tried again. */
  async #remove(name: string, route: Route): Promise<void> {
    if (!(await route.remove(this.#parts.timing.changeMs))) this.#leftovers.set(this.#topicOf(name), 1);
    this.#routes.delete(name);
  }

  /** Also those of an earlier run: a route may have been taken out while no service was running to see it. */
  async #removeLeftovers(wanted: readonly RouteOptions[], signal: AbortSignal): Promise<void> {
    if (!this.#hasLookedForLeftovers) {
      const isOwn = (name: string): boolean =>
        name === this.#subscriber || name.startsWith(`${this.#subscriber}Route`);
      const names = await listSubscriptionNames(this.#service, signal);
      for (const name of names.filter(isOwn)) this.#leftovers.set(name, 0);
      this.#hasLookedForLeftovers = true;
    }
    for (const { name } of wanted) this.#leftovers.delete(this.#topicOf(name));
    const running = [...this.#routes.keys()].map((name) => this.#topicOf(name));
    for (const [name, tries] of this.#leftovers) {
      if (signal.aborted) return;
      if (!running.includes(name)) await this.#removeLeftover(name, tries);
    }
  }

  async #removeLeftover(name: string, tries: number): Promise<void> {
    const { log } = this.#parts;
    log.info('removing a topic that no route needs any more', { subscription: name });
    const isRemoved = await this.#makeTopic(name, log).remove();
    if (isRemoved || tries + 1 >= MOST_TRIES) this.#leftovers.delete(name);
    else this.#leftovers.set(name, tries + 1);
    // A consumer that is gone already cannot be told from one that cannot be removed.
    if (!isRemoved && !this.#leftovers.has(name))
      log.warn('a topic may be left behind', { subscription: name });
  }

  /** Returns a problem when the change cannot be made; the route then goes on as it was. */
  async #change(route: Route, options: RouteOptions, signal: AbortSignal): Promise<readonly Problem[]> {
    let destination: SharedHub;
    try {
      destination = this.#parts.hubs.acquire(options.hub);
    } catch (thrown) {
      return [refusal(options, thrown)];
    }
    if (isSameHub(options, route.options)) return this.#changeHub(route, options, destination, signal);
    await route.drain(this.#parts.timing.changeMs, signal);
    // Still connected, so that whoever ends the tenant meanwhile can remove the route.
    if (signal.aborted) {
      await destination.close();
      return [];
    }
    await route.stop(0);
    this.#startWith(options, destination);
    return [];
  }

  async #changeHub(
    route: Route,
    options: RouteOptions,
    destination: SharedHub,
    signal: AbortSignal,
  ): Promise<readonly Problem[]> {
    try {
      await route.useHub(options, destination, signal);
      return [];
    } catch (thrown) {
      await destination.close();
      return [refusal(options, thrown)];
    }
  }

  #report(refused: readonly Problem[]): void {
    const isNews = refused.some(({ given }) => !this.#refused.some((known) => known.given === given));
    if (isNews) this.#parts.log.error('options cannot be used', { problems: refused.map(describeProblem) });
    this.#refused = refused;
  }

  /** Returns a problem when the SDK does not even take the address. */
  #start(options: RouteOptions): readonly Problem[] {
    try {
      this.#startWith(options, this.#parts.hubs.acquire(options.hub));
      return [];
    } catch (thrown) {
      return [refusal(options, thrown)];
    }
  }

  #startWith(options: RouteOptions, destination: SharedHub): void {
    const log = this.#parts.log.child({ route: options.name });
    const isNew = !this.#routes.has(options.name);
    const { hubs, timing, safety, memory } = this.#parts;
    const makeTopic: RouteParts['makeTopic'] = (onMade) =>
      this.#makeTopic(this.#topicOf(options.name), log, onMade);
    const route = new Route({ options, makeTopic, destination, hubs, safety, memory, timing, log });
    this.#routes.set(options.name, route);
    // A new route waits for those that it takes over from, if there are any; `#retire` releases it.
    route.start(isNew);
  }

  #topicOf(routeName: string): string {
    return routeName === DEFAULT_ROUTE ? this.#subscriber : `${this.#subscriber}Route${routeName}`;
  }

  #makeTopic(name: string, log: Log, onMade: TopicParts['onMade'] = () => undefined): Topic {
    const { baseUrl, copyName } = this.#parts.config;
    const subscriber = this.#subscriber;
    return new Topic({
      name,
      subscriber,
      copyName,
      baseUrl,
      service: this.#service,
      clock: this.#parts.clock,
      log,
      onMade,
    });
  }
}

function refusal({ name }: RouteOptions, thrown: unknown): Problem {
  return {
    key: `route ${name}`,
    given: `the hub was not opened with the new credentials or transport: ${redact(reasonOf(thrown))}`,
    accepted: 'those with which it can be opened; the ones before stay in use meanwhile',
  };
}

/** Whether two routes differ in nothing but the way into their hub, which can be changed under load. */
function isSameHub(left: RouteOptions, right: RouteOptions): boolean {
  const place = ({ hub: { host, port, hubName }, ...rest }: RouteOptions): string =>
    JSON.stringify({ ...rest, host, port, hubName });
  return place(left) === place(right);
}
