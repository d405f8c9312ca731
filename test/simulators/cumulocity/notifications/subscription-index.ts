import type { Subscription } from './subscription.js';

/** Subscriptions, indexed for the question "who wants this?". */
export class SubscriptionIndex {
  readonly #tenantWide = new Map<string, Subscription>();
  readonly #bySource = new Map<string, Map<string, Subscription>>();

  /** Those of tenant context. */
  tenantWide(): Iterable<Subscription> {
    return this.#tenantWide.values();
  }

  /** Those of one managed object. */
  ofSource(source: string): Iterable<Subscription> {
    return this.#bySource.get(source)?.values() ?? [];
  }

  /** Whether there is any subscription of a managed object. */
  get hasSources(): boolean {
    return this.#bySource.size > 0;
  }

  /** Adds one. */
  add(subscription: Subscription): void {
    if (subscription.source === undefined) this.#tenantWide.set(subscription.id, subscription);
    else this.#ofSourceForWriting(subscription.source).set(subscription.id, subscription);
  }

  /** Removes one. */
  delete(subscription: Subscription): void {
    this.#tenantWide.delete(subscription.id);
    if (subscription.source === undefined) return;
    const rest = this.#bySource.get(subscription.source);
    rest?.delete(subscription.id);
    if (rest?.size === 0) this.#bySource.delete(subscription.source);
  }

  #ofSourceForWriting(source: string): Map<string, Subscription> {
    let found = this.#bySource.get(source);
    if (found === undefined) {
      found = new Map();
      this.#bySource.set(source, found);
    }
    return found;
  }
}
