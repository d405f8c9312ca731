import { duplicateSubscription, type Subscription } from './subscription.js';

function keyOf(subscription: Subscription): string {
  return JSON.stringify([
    subscription.source,
    subscription.context,
    subscription.name,
    subscription.nonPersistent,
  ]);
}

/** The subscriptions of one tenant, indexed for the question "who wants this?". */
export class Subscriptions {
  readonly #byId = new Map<string, Subscription>();
  readonly #byKey = new Map<string, Subscription>();
  readonly #tenantWide = new Map<string, Subscription>();
  readonly #bySource = new Map<string, Map<string, Subscription>>();

  /** All, oldest first. */
  all(): Iterable<Subscription> {
    return this.#byId.values();
  }

  /** One by its id. */
  get(id: string): Subscription | undefined {
    return this.#byId.get(id);
  }

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

  /**
   * Adds one.
   *
   * @throws RestError 409 when source, context, name and persistence are those of another
   */
  add(subscription: Subscription): void {
    const key = keyOf(subscription);
    if (this.#byKey.has(key)) throw duplicateSubscription(subscription);
    this.#byKey.set(key, subscription);
    this.#byId.set(subscription.id, subscription);
    if (subscription.source === undefined) this.#tenantWide.set(subscription.id, subscription);
    else this.#ofSourceForWriting(subscription.source).set(subscription.id, subscription);
  }

  /** Removes one; topics and consumers stay. */
  delete(subscription: Subscription): void {
    this.#byKey.delete(keyOf(subscription));
    this.#byId.delete(subscription.id);
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
