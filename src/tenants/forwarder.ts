/**
 * One subscribed tenant: reads its options again and again and runs the routes they describe. Nothing of it is
 * shared with another tenant.
 *
 * States, and what leads from each to the next:
 *
 *     starting       options not read yet            -> running, misconfigured, disabled
 *     running        its routes forward              -> disabled
 *                    (a bad change is reported and the last good options stay in force)
 *     misconfigured  no good options so far          -> running, disabled
 *     disabled       switched off                    -> running, misconfigured
 *     any state                                      -> stopped
 */
import { backoffMs, wait } from '../backoff.js';
import type { Config, Credentials } from '../config.js';
import { readSettings } from '../cumulocity/application.js';
import { PlatformClient } from '../cumulocity/platform-client.js';
import { userMark } from '../cumulocity/user-mark.js';
import type { MemoryShares } from '../delivery/memory-shares.js';
import type { HubPool } from '../destinations/hub-pool.js';
import { describeProblem, type Problem, reasonOf } from '../errors.js';
import type { Log } from '../log.js';
import type { PlatformClock } from '../platform-clock.js';
import type { ReplaySlots } from '../replay/replay-slots.js';
import type { ClosedGap } from './gap-history.js';
import type { GapStatus } from './gaps.js';
import { readReplayRequest } from './replay-request.js';
import type { RouteStatus } from './route.js';
import { Routes } from './routes.js';
import { type ParsedOptions, parseTenantOptions } from './tenant-options.js';
import { TenantSafety } from './tenant-safety.js';
import type { ForwardingTiming } from './timing.js';

/** One of the states above. */
export type ForwarderState = 'starting' | 'running' | 'misconfigured' | 'disabled' | 'stopped';

const LEADS_TO: Readonly<Record<ForwarderState, readonly ForwarderState[]>> = {
  starting: ['running', 'misconfigured', 'disabled', 'stopped'],
  running: ['disabled', 'stopped'],
  misconfigured: ['running', 'disabled', 'stopped'],
  disabled: ['running', 'misconfigured', 'stopped'],
  stopped: [],
};

/** What the tenants of a process share, each with a part of its own. */
export interface SharedByTenants {
  readonly hubs: HubPool;
  readonly memory: MemoryShares;
  readonly replaySlots: ReplaySlots;
  readonly clock: PlatformClock;
}

/** How a tenant's forwarder is, as its own users may see it. */
export interface ForwarderStatus {
  readonly tenant: string;
  readonly state: ForwarderState;
  /** What is wrong with the options as they are now, also while the last good ones are still in force. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  /** Why the options could not be read the last time; `undefined` when they were. */
  readonly optionsFailure: string | undefined;
  readonly routes: readonly RouteStatus[];
  /** Copies of the service that are at work for the tenant, and whether this one leads. */
  readonly copies: { readonly count: number; readonly isLeading: boolean };
  /** Why the connector object cannot be written; `undefined` when it can. */
  readonly connectorFailure: string | undefined;
  /** What is missing in the hub and will be replayed, and what was replayed last. */
  readonly gaps: readonly GapStatus[];
  readonly closedGaps: readonly ClosedGap[];
}

/** What came of a request for a replay. */
export type ReplayAnswer =
  | { readonly gaps: readonly string[] }
  | { readonly problems: readonly Problem[] }
  | { readonly notPossible: string };

/** See the head of this file. */
export class Forwarder {
  readonly #config: Config;
  readonly #timing: ForwardingTiming;
  readonly #log: Log;
  readonly #abort = new AbortController();
  readonly #safety: TenantSafety;
  readonly #routes: Routes;
  readonly #tenant: string;
  readonly #clock: PlatformClock;
  #service: PlatformClient;
  #state: ForwarderState = 'starting';
  /** The settings that are in force, and those that were read last. */
  #settingsText = '';
  #seenText = '';
  #parsed: ParsedOptions = { options: undefined, problems: [], warnings: [] };
  #optionsFailure: string | undefined;
  #hasRoutes = false;
  #watching: Promise<void> = Promise.resolve();

  constructor(options: {
    credentials: Credentials;
    /** Whether the tenant came while this process was running; it may have left before, and given up its topics. */
    isNewcomer: boolean;
    config: Config;
    timing: ForwardingTiming;
    shared: SharedByTenants;
    log: Log;
  }) {
    this.#tenant = options.credentials.tenant;
    this.#clock = options.shared.clock;
    this.#config = options.config;
    this.#timing = options.timing;
    this.#log = options.log.child({ tenant: this.#tenant });
    this.#service = this.#connectAs(options.credentials);
    const { config, timing, shared: ofProcess, isNewcomer } = options;
    const shared = { config, timing, clock: this.#clock, service: this.#service, log: this.#log };
    const mark = this.#markOf(options.credentials);
    this.#safety = new TenantSafety({
      ...shared,
      tenant: this.#tenant,
      isNewcomer,
      userMark: mark,
      replaySlots: ofProcess.replaySlots,
      routes: {
        find: (name) => this.#routes.find(name),
        all: () => this.#routes.all,
        records: () => this.#routes.records,
        areSettled: () => this.#state === 'running' && this.#routes.isSettled,
      },
    });
    this.#routes = new Routes({ ...shared, ...ofProcess, safety: this.#safety.forRoutes });
  }

  get status(): ForwarderStatus {
    return {
      tenant: this.#tenant,
      state: this.#state,
      problems: [...this.#parsed.problems, ...this.#routes.refused].map(describeProblem),
      warnings: [...this.#parsed.warnings, ...this.#routes.warnings],
      optionsFailure: this.#optionsFailure,
      routes: this.#routes.status,
      copies: { count: this.#safety.connector.copies, isLeading: this.#safety.connector.isLeading },
      connectorFailure: this.#safety.connector.failure,
      gaps: this.#safety.gaps.status,
      closedGaps: this.#safety.gaps.closed,
    };
  }

  /** Begins to read the options. */
  start(): void {
    this.#log.info('tenant added');
    this.#watching = this.#watchOptions();
  }

  /**
   * Has something replayed that is stored in Cumulocity.
   * @param body what was asked for, see `readReplayRequest`
   * @returns the ids of the gaps that were opened, or what is wrong
   */
  requestReplay(body: unknown): ReplayAnswer {
    const routes = this.#routes.all.map(({ name, rules }) => ({ name, apis: rules.apis }));
    if (routes.length === 0)
      return { notPossible: `the tenant is ${this.#state}: there is no route to replay to` };
    const answer = readReplayRequest(body, routes, this.#clock.latest);
    if ('problems' in answer) return answer;
    return { gaps: answer.gaps.map((gap) => this.#safety.gaps.open(gap).id) };
  }

  /** Takes over a new password of the service user. */
  async useCredentials(credentials: Credentials): Promise<void> {
    this.#log.info('credentials of the service user changed, connecting again');
    this.#service = this.#connectAs(credentials);
    this.#safety.useService(this.#service, this.#markOf(credentials));
    await this.#routes.useService(this.#service);
  }

  /**
   * Stops in order. Subscriptions and consumers stay: what comes meanwhile is delivered after the next start.
   * @param drainMs how long to wait for the hubs, in milliseconds
   */
  async stop(drainMs: number): Promise<void> {
    await this.#end();
    await this.#routes.stop(drainMs);
    await this.#safety.stop(this.#timing.connector.lastWordMs);
  }

  /**
   * The tenant has left: stops, and removes consumers and subscriptions.
   * @param isStillGone asked when everything is sent; without a "yes" nothing is removed
   */
  async remove(isStillGone: () => Promise<boolean>): Promise<void> {
    await this.#end();
    // Without a last word: what is known of the topics tells a later run what it has missed, if the tenant comes back.
    await this.#safety.connector.stop(0);
    const isRemoved = await this.#routes.remove(this.#timing.changeMs, isStillGone);
    await this.#safety.stop(0);
    if (isRemoved) this.#log.info('tenant removed');
    else this.#log.warn('tenant has come back, or it is not known whether it has; its consumers stay');
  }

  async #end(): Promise<void> {
    if (this.#state !== 'stopped') this.#enter('stopped');
    this.#abort.abort();
    await this.#watching;
  }

  async #watchOptions(): Promise<void> {
    await this.#safety.open(this.#abort.signal);
    for (let failures = 0; !this.#abort.signal.aborted; ) {
      failures = (await this.#readOptions()) ? 0 : failures + 1;
      const ms =
        failures === 0 ? this.#config.optionsPollMs : backoffMs(failures, this.#timing.optionsBackoff);
      await wait(Math.min(ms, this.#config.optionsPollMs), this.#abort.signal);
    }
  }

  async #readOptions(): Promise<boolean> {
    try {
      const settings = await readSettings(this.#service, this.#abort.signal);
      this.#optionsFailure = undefined;
      return await this.#applySettings(settings);
    } catch (thrown) {
      if (this.#abort.signal.aborted) return true;
      const reason = reasonOf(thrown);
      if (reason !== this.#optionsFailure)
        this.#log.warn('options could not be read, trying again', { reason });
      this.#optionsFailure = reason;
      return false;
    }
  }

  /** Returns whether nothing of it has to be tried again. */
  async #applySettings(settings: Readonly<Record<string, string>>): Promise<boolean> {
    const text = JSON.stringify(Object.entries(settings).sort());
    // Who takes back what was refused has to see that it is not a problem any more.
    const isInForce = text === this.#settingsText && text === this.#seenText;
    if (isInForce || this.#abort.signal.aborted) return true;
    this.#parsed = parseTenantOptions(settings, this.#config.hubHosts);
    const { options, problems, warnings } = this.#parsed;
    if (text !== this.#seenText) for (const warning of warnings) this.#log.warn(warning);
    this.#seenText = text;
    if (options === undefined) {
      this.#log.error('options cannot be used', { problems: problems.map(describeProblem) });
      if (this.#state !== 'running' && this.#state !== 'misconfigured') this.#enter('misconfigured');
      this.#settingsText = text;
      return true;
    }
    await this.#routes.apply(options.routes, this.#abort.signal);
    if (this.#abort.signal.aborted) return true;
    const next = options.isEnabled ? 'running' : 'disabled';
    if (this.#state !== next) this.#enter(next);
    if (!this.#hasRoutes) this.#safety.start();
    this.#hasRoutes = true;
    if (this.#routes.isSettled) this.#settingsText = text;
    return this.#routes.isSettled;
  }

  #connectAs(credentials: Credentials): PlatformClient {
    return new PlatformClient(this.#config.baseUrl, credentials, {
      applicationKey: this.#config.applicationKey,
      clock: this.#clock,
    });
  }

  /** None where the one tenant cannot leave, and the password may be a person's. */
  #markOf(credentials: Credentials): string | undefined {
    return this.#config.isolation === 'PER_TENANT' ? undefined : userMark(credentials);
  }

  #enter(next: ForwarderState): void {
    if (!LEADS_TO[this.#state].includes(next)) {
      throw new Error(`forwarder: no way from ${this.#state} to ${next}`);
    }
    this.#log.info(`tenant ${next}`);
    this.#state = next;
  }
}
