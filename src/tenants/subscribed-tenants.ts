/**
 * Which tenants have subscribed the microservice. Cumulocity does not tell, so it is asked again and again; whole
 * records are compared, because a new password means that the old one is refused.
 */
import { wait } from '../backoff.js';
import type { Credentials } from '../config.js';
import { reasonOf } from '../errors.js';
import type { Log } from '../log.js';

/**
 * What is done about a change. Those of one tenant follow one another, so a tenant that leaves and comes back is
 * cleaned up before it starts again; a rejection is logged and holds up no other tenant.
 */
export interface TenantChanges {
  /** @param isNewcomer whether it came after this process had begun to look; it may have been there before */
  added(credentials: Credentials, isNewcomer: boolean): Promise<void>;
  rotated(credentials: Credentials): Promise<void>;
  /** @param isStillGone asks once more, before anything that cannot be undone; `false` also when that is not known */
  removed(tenant: string, isStillGone: () => Promise<boolean>): Promise<void>;
}

/**
 * A tenant counts as gone when this many readings in a row do not name it. Removing means giving up its backlog,
 * which a single odd answer of the platform must not cause.
 */
const ABSENCES = 2;

/** How long a last look may take while the service stops, in milliseconds. */
const LAST_LOOK_MS = 1000;

/** See the head of this file. */
export class SubscribedTenants {
  readonly #read: (signal: AbortSignal) => Promise<readonly Credentials[]>;
  readonly #pollMs: number;
  readonly #changes: TenantChanges;
  readonly #log: Log;
  readonly #abort = new AbortController();
  readonly #known = new Map<string, { credentials: Credentials; absences: number }>();
  /** By tenant, the last change that is still being dealt with. */
  readonly #reactions = new Map<string, Promise<void>>();
  #polling: Promise<void> = Promise.resolve();
  #failure: string | undefined = 'not read yet';

  /**
   * @param options.read reads the service users of all subscribed tenants
   * @param options.pollMs from one reading to the next, in milliseconds
   */
  constructor(options: {
    read: (signal: AbortSignal) => Promise<readonly Credentials[]>;
    pollMs: number;
    changes: TenantChanges;
    log: Log;
  }) {
    this.#read = options.read;
    this.#pollMs = options.pollMs;
    this.#changes = options.changes;
    this.#log = options.log;
  }

  /** Why the tenants are not known; `undefined` once they have been read. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Begins to ask. */
  start(): void {
    this.#polling = this.#poll();
  }

  /** Asks no more; resolves when all that a change set off is done. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#polling;
    await Promise.all(this.#reactions.values());
  }

  async #poll(): Promise<void> {
    let lastFailure: string | undefined;
    while (!this.#abort.signal.aborted) {
      try {
        this.#compare(await this.#read(this.#abort.signal));
        this.#failure = undefined;
        lastFailure = undefined;
      } catch (thrown) {
        const reason = reasonOf(thrown);
        const isNews = reason !== lastFailure && !this.#abort.signal.aborted;
        if (isNews) this.#log.warn('subscribed tenants could not be read, trying again', { reason });
        lastFailure = reason;
        // Once known, tenants stay known: the platform being away changes nothing about them.
        if (this.#failure !== undefined) this.#failure = reason;
      }
      await wait(this.#pollMs, this.#abort.signal);
    }
  }

  #compare(current: readonly Credentials[]): void {
    for (const credentials of current) this.#compareOne(credentials);
    const present = new Set(current.map(({ tenant }) => tenant));
    for (const [tenant, record] of this.#known) {
      if (present.has(tenant) || ++record.absences < ABSENCES) continue;
      this.#known.delete(tenant);
      this.#react(tenant, () => this.#changes.removed(tenant, () => this.#isStillGone(tenant)));
    }
  }

  /** A tenant can come back while its last notifications are being sent; what the topic keeps is its own then. */
  async #isStillGone(tenant: string): Promise<boolean> {
    const { signal } = this.#abort;
    for (;;) {
      const isLastLook = signal.aborted;
      try {
        const current = await this.#read(isLastLook ? AbortSignal.timeout(LAST_LOOK_MS) : signal);
        return !current.some((each) => each.tenant === tenant);
      } catch {
        // Nothing is given up on a guess: if it has left for good, its consumers are left behind, which is logged.
        if (isLastLook) return false;
      }
      await wait(this.#pollMs, signal);
    }
  }

  #compareOne(credentials: Credentials): void {
    const { tenant } = credentials;
    const record = this.#known.get(tenant);
    this.#known.set(tenant, { credentials, absences: 0 });
    // Read once, tenants stay known, so this says whether it is the first reading.
    const isNewcomer = this.#failure === undefined;
    if (record === undefined) this.#react(tenant, () => this.#changes.added(credentials, isNewcomer));
    else if (!isSame(record.credentials, credentials)) {
      this.#react(tenant, () => this.#changes.rotated(credentials));
    }
  }

  #react(tenant: string, change: () => Promise<void>): void {
    const before = this.#reactions.get(tenant) ?? Promise.resolve();
    const reaction = before
      .then(change)
      .catch((thrown: unknown) =>
        this.#log.error('change of a tenant failed', { tenant, reason: reasonOf(thrown) }),
      )
      .finally(() => {
        if (this.#reactions.get(tenant) === reaction) this.#reactions.delete(tenant);
      });
    this.#reactions.set(tenant, reaction);
  }
}

function isSame(left: Credentials, right: Credentials): boolean {
  return left.user === right.user && left.password === right.password;
}
