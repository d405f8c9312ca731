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
import type { HubPool } from '../destinations/azure-event-hubs/hub-pool.js';
import { describeProblem, reasonOf } from '../errors.js';
import type { Log } from '../log.js';
import type { RouteStatus } from './route.js';
import { Routes } from './routes.js';
import { type ParsedOptions, parseTenantOptions } from './tenant-options.js';
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
}

/** See the head of this file. */
export class Forwarder {
  readonly #config: Config;
  readonly #timing: ForwardingTiming;
  readonly #log: Log;
  readonly #abort = new AbortController();
  readonly #routes: Routes;
  readonly #tenant: string;
  #service: PlatformClient;
  #state: ForwarderState = 'starting';
  /** The settings that are in force, and those that were read last. */
  #settingsText = '';
  #seenText = '';
  #parsed: ParsedOptions = { options: undefined, problems: [], warnings: [] };
  #optionsFailure: string | undefined;
  #watching: Promise<void> = Promise.resolve();

  constructor(options: {
    credentials: Credentials;
    config: Config;
    timing: ForwardingTiming;
    hubs: HubPool;
    log: Log;
  }) {
    this.#tenant = options.credentials.tenant;
    this.#config = options.config;
    this.#timing = options.timing;
    this.#log = options.log.child({ tenant: this.#tenant });
    this.#service = this.#connectAs(options.credentials);
    const { config, timing, hubs } = options;
    this.#routes = new Routes({ config, timing, hubs, service: this.#service, log: this.#log });
  }

  get status(): ForwarderStatus {
    return {
      tenant: this.#tenant,
      state: this.#state,
      problems: [...this.#parsed.problems, ...this.#routes.refused].map(describeProblem),
      warnings: [...this.#parsed.warnings, ...this.#routes.warnings],
      optionsFailure: this.#optionsFailure,
      routes: this.#routes.status,
    };
  }

  /** Begins to read the options. */
  start(): void {
    this.#log.info('tenant added');
    this.#watching = this.#watchOptions();
  }

  /** Takes over a new password of the service user. */
  async useCredentials(credentials: Credentials): Promise<void> {
    this.#log.info('credentials of the service user changed, connecting again');
    this.#service = this.#connectAs(credentials);
    await this.#routes.useService(this.#service);
  }

  /**
   * Stops in order. Subscriptions and consumers stay: what comes meanwhile is delivered after the next start.
   * @param drainMs how long to wait for the hubs, in milliseconds
   */
  async stop(drainMs: number): Promise<void> {
    await this.#end();
    await this.#routes.stop(drainMs);
  }

  /**
   * The tenant has left: stops, and removes consumers and subscriptions.
   * @param isStillGone asked when everything is sent; without a "yes" nothing is removed
   */
  async remove(isStillGone: () => Promise<boolean>): Promise<void> {
    await this.#end();
    const isRemoved = await this.#routes.remove(this.#timing.changeMs, isStillGone);
    if (isRemoved) this.#log.info('tenant removed');
    else this.#log.warn('tenant has come back, or it is not known whether it has; its consumers stay');
  }

  async #end(): Promise<void> {
    if (this.#state !== 'stopped') this.#enter('stopped');
    this.#abort.abort();
    await this.#watching;
  }

  async #watchOptions(): Promise<void> {
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
    if (text === this.#settingsText || this.#abort.signal.aborted) return true;
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
    if (this.#routes.isSettled) this.#settingsText = text;
    return this.#routes.isSettled;
  }

  #connectAs(credentials: Credentials): PlatformClient {
    return new PlatformClient(this.#config.baseUrl, credentials, this.#config.applicationKey);
  }

  #enter(next: ForwarderState): void {
    if (!LEADS_TO[this.#state].includes(next)) {
      throw new Error(`forwarder: no way from ${this.#state} to ${next}`);
    }
    this.#log.info(`tenant ${next}`);
    this.#state = next;
  }
}
