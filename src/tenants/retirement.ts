/**
 * Ends routes that are not wanted any more. Where others take over from them, a route goes on until those keep what
 * comes and it has brought what came before to the hub; the others are held meanwhile, so that order holds.
 *
 * All copies of the service read the route's topic, and only the leading one may remove it, when nobody else reads
 * it any more. States of a route in one copy, and what leads from each to the next:
 *
 *     running   this copy reads its topic    -> left   caught up, and another copy leads: the rest is the others'
 *                                            -> gone   caught up, this copy leads, and no other reads the topic
 *     left      other copies read it         -> gone   none does any more, and the topic is removed
 *                                            -> running   none does, the topic is still there, and this copy leads now
 */
import type { Log } from '../log.js';
import type { SafetyNet } from './route-safety.js';
import type { RouteOptions } from './tenant-options.js';

/** What has to be known of a route. */
export interface RetiringRoute {
  readonly name: string;
  readonly options: RouteOptions;
  /** Whether its topic keeps what comes. */
  readonly isOpen: boolean;
  /** See `Route.isCaughtUp`. */
  isCaughtUp(sinceMs: number): boolean;
}

/** What routes are ended with. */
export interface RetirementParts<R extends RetiringRoute> {
  readonly safety: Pick<SafetyNet, 'isAlone' | 'isLeading' | 'isElsewhere' | 'hasGap' | 'announce'>;
  /** Stops a route and leaves its topic as it is. */
  readonly stop: (route: R) => Promise<void>;
  /** Stops a route and removes its topic. */
  readonly remove: (route: R) => Promise<void>;
  readonly restart: (options: RouteOptions) => void;
  /** Whether a route's subscription is still there. */
  readonly hasTopic: (route: string, signal: AbortSignal) => Promise<boolean>;
  /** How long copies that do not see the change are waited for, in milliseconds. */
  readonly patienceMs: number;
  readonly log: Log;
}

/** See the head of this file. */
export class Retirement<R extends RetiringRoute> {
  readonly #parts: RetirementParts<R>;
  /** By name. */
  readonly #left = new Map<string, RouteOptions>();
  /** By name: since when only other copies keep it from being removed. */
  readonly #waiting = new Map<string, number>();
  /** Since when all wanted routes have been open; `undefined` while one is not. */
  #allOpenAt: number | undefined;

  constructor(parts: RetirementParts<R>) {
    this.#parts = parts;
  }

  /** Whether other copies have routes to end that this one has left. */
  get isWaiting(): boolean {
    return this.#left.size > 0;
  }

  /**
   * Ends what can be ended now.
   * @param staying routes that take over
   * @param unwanted routes to be ended
   * @param signal ends it between two steps
   * @throws PlatformError, PlatformUnreachable when it could not be seen whether a topic is still there
   */
  async advance(staying: readonly R[], unwanted: readonly R[], signal: AbortSignal): Promise<void> {
    if (staying.every((route) => route.isOpen)) this.#allOpenAt ??= performance.now();
    else this.#allOpenAt = undefined;
    for (const route of unwanted) {
      if (signal.aborted) return;
      if (this.#mayEnd(route, staying)) await this.#end(route);
    }
    // One that is wanted again is not left any more.
    for (const { name } of staying) this.#left.delete(name);
    for (const options of this.#left.values()) {
      if (signal.aborted) return;
      await this.#look(options, signal);
    }
  }

  #mayEnd(route: R, staying: readonly R[]): boolean {
    if (staying.length === 0) return true;
    // What was let go of it can only be replayed as long as it is there.
    if (this.#allOpenAt === undefined || this.#parts.safety.hasGap(route.name)) return false;
    return route.isCaughtUp(performance.now() - this.#allOpenAt);
  }

  async #end(route: R): Promise<void> {
    const { safety, stop, remove } = this.#parts;
    const { name } = route;
    if (!safety.isAlone() && !safety.isLeading()) {
      await stop(route);
      this.#left.set(name, route.options);
    } else if (!safety.isElsewhere(name) || this.#hasWaitedLong(name)) {
      await remove(route);
      this.#waiting.delete(name);
    }
    // The others see what this copy does not read any more, and this one sees what they do.
    if (!safety.isAlone()) safety.announce();
  }

  #hasWaitedLong(name: string): boolean {
    const since = this.#waiting.get(name) ?? performance.now();
    this.#waiting.set(name, since);
    const hasWaited = performance.now() - since > this.#parts.patienceMs;
    if (hasWaited) this.#parts.log.warn('removing a topic that another copy may still read', { route: name });
    return hasWaited;
  }

  async #look(options: RouteOptions, signal: AbortSignal): Promise<void> {
    const { safety, hasTopic, restart } = this.#parts;
    const { name } = options;
    if (safety.isElsewhere(name)) {
      safety.announce();
      return;
    }
    const isOrphan = (safety.isAlone() || safety.isLeading()) && (await hasTopic(name, signal));
    this.#left.delete(name);
    if (isOrphan) restart(options);
  }
}
