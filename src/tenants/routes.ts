/**
 * The routes of one tenant: starts, changes and ends them as its options say. What a change does not touch goes on.
 */
import type { Config } from '../config.js';
import type { PlatformClient } from '../cumulocity/platform-client.js';
import { isSubscribed, listSubscriptionNames } from '../cumulocity/subscriptions.js';
import type { MemoryShares } from '../delivery/memory-shares.js';
import { hubPlace } from '../destinations/hub-address.js';
import type { HubPool, SharedHub } from '../destinations/hub-pool.js';
import { describeProblem, type Problem, reasonOf } from '../errors.js';
import { type Log, redact } from '../log.js';
import type { PlatformClock } from '../platform-clock.js';
import type { RouteRecord } from './copy-records.js';
import { credentialWarnings } from './hub-options.js';
import { Leftovers } from './leftovers.js';
import { RefusedWays } from './refused-ways.js';
import { Retirement } from './retirement.js';
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

/** All copies have read the options by then, and brought what they had of a topic to the hub. */
const PATIENCE_POLLS = 3;
const PATIENCE_MS = 60_000;

/** See the head of this file. */
export class Routes {
  readonly #parts: RoutesParts;
  readonly #routes = new Map<string, Route>();
  /** The subscriber, and what every subscription's name begins with: topics are shared by a tenant's applications. */
  readonly #subscriber: string;
  #service: PlatformClient;
  readonly #leftovers: Leftovers;
  readonly #retirement: Retirement<Route>;
  readonly #refusedWays: RefusedWays;
  #isRetiring = false;
  #refused: readonly Problem[] = [];
  /** Once stopped. */
  #lastRecords: Readonly<Record<string, RouteRecord>> | undefined;

  constructor(parts: RoutesParts) {
    this.#parts = parts;
    this.#service = parts.service;
    this.#subscriber = parts.config.applicationName.replace(/[^A-Za-z0-9]/g, '');
    this.#leftovers = this.#makeLeftovers(parts);
    this.#retirement = this.#makeRetirement(parts);
    this.#refusedWays = new RefusedWays(parts.hubs);
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
    return this.#refused.length === 0 && !this.#isRetiring && this.#leftovers.isEmpty;
  }

  /** Credentials that end soon. */
  get warnings(): readonly string[] {
    const hubs = [...this.#routes.values()].map(({ options }) => options.hub);
    return hubs.flatMap((hub) => credentialWarnings(hub, Date.now()));
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
    const needed = [...wanted.map(({ name }) => name), ...this.#routes.keys()];
    await this.#leftovers.clear(
      needed.map((name) => this.#topicOf(name)),
      signal,
    );
    const refused: Problem[] = [];
    for (const options of wanted) {
      const route = this.#routes.get(options.name);
      if (signal.aborted) return;
      if (route === undefined) refused.push(...this.#start(options));
      else if (JSON.stringify(options) !== JSON.stringify(route.options)) {
        refused.push(...(await this.#change(route, options, signal)));
      }
    }
    await this.#refusedWays.closeOthers(wanted);
    await this.#retire(wanted, signal);
    this.#report(refused);
  }

  /** Stops all routes in order; subscriptions and consumers stay. */
  async stop(drainMs: number): Promise<void> {
    await Promise.all([...this.#routes.values()].map((route) => route.stop(drainMs)));
    await this.#refusedWays.closeOthers([]);
    this.#lastRecords = this.records;
    this.#routes.clear();
  }

  /**
   * Stops all routes, and removes their consumers and subscriptions.
   * @param isStillWanted asked when everything is sent; if not, the routes are only stopped. Asked again where a
   *   removal takes its time
   * @returns whether they were removed
   */
  async remove(drainMs: number, isStillWanted: () => Promise<boolean>): Promise<boolean> {
    const routes = [...this.#routes.values()];
    await Promise.all(routes.map((route) => route.drain(drainMs)));
    const isWanted = await isStillWanted();
    await Promise.all(routes.map((route) => (isWanted ? route.remove(0, isStillWanted) : route.stop(0))));
    await this.#refusedWays.closeOthers([]);
    this.#routes.clear();
    return isWanted;
  }

  async #retire(wanted: readonly RouteOptions[], signal: AbortSignal): Promise<void> {
    const staying = wanted.flatMap(({ name }) => this.#routes.get(name) ?? []);
    await this.#retirement.advance(staying, this.#unwanted(wanted), signal);
    this.#isRetiring = this.#unwanted(wanted).length > 0 || this.#retirement.isWaiting;
    if (!this.#isRetiring) for (const route of staying) route.release();
  }

  #unwanted(wanted: readonly RouteOptions[]): readonly Route[] {
    return this.all.filter(({ name }) => !wanted.some((options) => options.name === name));
  }

  /** Returns a problem when the change cannot be made; the route then goes on as it was. */
  async #change(route: Route, options: RouteOptions, signal: AbortSignal): Promise<readonly Problem[]> {
    let destination: SharedHub;
    try {
      destination = this.#refusedWays.take(options);
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
    const { isHeld } = route;
    await route.stop(0);
    this.#startWith(options, destination, isHeld);
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
      await this.#refusedWays.keep(options, destination);
      return [refusal(options, thrown)];
    }
  }

  #report(refused: readonly Problem[]): void {
    // How long until the next attempt is none.
    const gist = ({ given }: Problem): string => given.replace(/\d+ s\b/, '');
    const isNews = refused.some((each) => !this.#refused.some((known) => gist(known) === gist(each)));
    if (isNews) this.#parts.log.error('options cannot be used', { problems: refused.map(describeProblem) });
    this.#refused = refused;
  }

  /** Returns a problem when the SDK does not even take the address. */
  #start(options: RouteOptions): readonly Problem[] {
    try {
      this.#startWith(options, this.#parts.hubs.acquire(options.hub), true);
      return [];
    } catch (thrown) {
      return [refusal(options, thrown)];
    }
  }

  /** @param isHeld whether it waits for those that it takes over from, if there are any; `#retire` releases it */
  #startWith(options: RouteOptions, destination: SharedHub, isHeld: boolean): void {
    const log = this.#parts.log.child({ route: options.name });
    const { hubs, timing, safety, memory } = this.#parts;
    const makeTopic: RouteParts['makeTopic'] = (onMaking) =>
      this.#makeTopic(this.#topicOf(options.name), log, onMaking);
    const route = new Route({ options, makeTopic, destination, hubs, safety, memory, timing, log });
    this.#routes.set(options.name, route);
    route.start(isHeld);
  }

  #topicOf(routeName: string): string {
    return routeName === DEFAULT_ROUTE ? this.#subscriber : `${this.#topicPrefix}${routeName}`;
  }

  #routeOf(topic: string): string {
    return topic === this.#subscriber ? DEFAULT_ROUTE : topic.slice(this.#topicPrefix.length);
  }

  get #topicPrefix(): string {
    return `${this.#subscriber}Route`;
  }

  #makeLeftovers({ safety, log }: RoutesParts): Leftovers {
    return new Leftovers({
      list: async (signal) => {
        const names = await listSubscriptionNames(this.#service, signal);
        return names.filter((name) => name === this.#subscriber || name.startsWith(this.#topicPrefix));
      },
      mayRemove: (topic) => {
        const mayEnd = safety.isAlone() || safety.isLeading();
        return mayEnd && !safety.isElsewhere(this.#routeOf(topic));
      },
      remove: (topic) => this.#makeTopic(topic, log).remove(),
      log,
    });
  }

  #makeRetirement({ safety, timing, config, log }: RoutesParts): Retirement<Route> {
    return new Retirement({
      safety,
      stop: async (route) => {
        await route.stop(timing.changeMs);
        this.#routes.delete(route.name);
      },
      remove: async (route) => {
        if (!(await route.remove(timing.changeMs))) this.#leftovers.add(this.#topicOf(route.name));
        safety.onRemoved(route.name);
        this.#routes.delete(route.name);
      },
      restart: (options) => this.#startWith(options, this.#parts.hubs.acquire(options.hub), false),
      hasTopic: (route, signal) => isSubscribed(this.#service, this.#topicOf(route), signal),
      patienceMs: PATIENCE_POLLS * config.optionsPollMs + PATIENCE_MS,
      log,
    });
  }

  #makeTopic(name: string, log: Log, onMaking?: TopicParts['onMaking']): Topic {
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
      onMaking: onMaking ?? (async () => () => undefined),
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
  const place = ({ hub, ...rest }: RouteOptions): string => JSON.stringify([hubPlace(hub), rest]);
  return place(left) === place(right);
}
