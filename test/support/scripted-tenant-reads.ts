/** Readings of the subscribed tenants in a given order, and a record of the changes they lead to. */
import type { Credentials } from '../../src/config.js';
import type { TenantChanges } from '../../src/tenants/subscribed-tenants.js';

/** The service user of a tenant. */
export function serviceUser(tenant: string, password = 'first'): Credentials {
  return { tenant, user: 'service_forwarder', password };
}

/** What one reading gives. */
export type TenantReading = readonly Credentials[] | Error;

/** Answers each reading as scripted; once the script is over, a reading hangs until it is given up. */
export class ScriptedTenantReads {
  readonly #script: TenantReading[];
  #resolveOver: () => void = () => undefined;
  /** Resolves when every scripted reading has been dealt with. */
  readonly over = new Promise<void>((resolve) => {
    this.#resolveOver = resolve;
  });

  constructor(...script: readonly TenantReading[]) {
    this.#script = [...script];
  }

  readonly read = async (signal: AbortSignal): Promise<readonly Credentials[]> => {
    const answer = this.#script.shift();
    if (answer instanceof Error) throw answer;
    if (answer !== undefined) return answer;
    this.#resolveOver();
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('given up')), { once: true });
    });
  };
}

/** Records the changes; each can be held up by a test. */
export class ScriptedChanges implements TenantChanges {
  readonly seen: string[] = [];
  /** Awaited by each change after it was recorded. */
  during: (change: string) => Promise<void> = () => Promise.resolve();
  /** Awaited by each removal besides. */
  duringRemoval: (isStillGone: () => Promise<boolean>) => Promise<void> = () => Promise.resolve();

  added({ tenant, password }: Credentials): Promise<void> {
    return this.#record(`added ${tenant} ${password}`);
  }

  rotated({ tenant, password }: Credentials): Promise<void> {
    return this.#record(`rotated ${tenant} ${password}`);
  }

  async removed(tenant: string, isStillGone: () => Promise<boolean>): Promise<void> {
    await this.#record(`removed ${tenant}`);
    await this.duringRemoval(isStillGone);
  }

  async #record(change: string): Promise<void> {
    this.seen.push(change);
    await this.during(change);
  }
}
