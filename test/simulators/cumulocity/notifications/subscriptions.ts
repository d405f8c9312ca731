import { duplicateSubscription, type Subscription } from './subscription.js';
import { SubscriptionIndex } from './subscription-index.js';

function keyOf(subscription: Subscription): string {
  return JSON.stringify([
    subscription.source,
    subscription.context,
    subscription.name,
    subscription.nonPersistent,
  ]);
}

/** The subscriptions of one tenant. */
export class Subscriptions {
  /** Those that there are. */
  readonly index = new SubscriptionIndex();
  /** Those that were deleted and not made again, for telling what their topics miss. */
  readonly deleted = new SubscriptionIndex();
  readonly #byId = new Map<string, Subscription>();
  readonly #byKey = new Map<string, Subscription>();
  readonly #deletedByKey = new Map<string, Subscription>();

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
    return this.index.tenantWide();
  }

  /** Those of one managed object. */
  ofSource(source: string): Iterable<Subscription> {
    return this.index.ofSource(source);
  }

  /**
   * Adds one.
   *
   * @throws RestError 409 when source, context, name and persistence are those of another
   */
  add(subscription: Subscription): void {
    const key = keyOf(subscription);
    if (this.#byKey.has(key)) throw duplicateSubscription(subscription);
    this.#forgetDeleted(key);
    this.#byKey.set(key, subscription);
    this.#byId.set(subscription.id, subscription);
    this.index.add(subscription);
  }

  /** Removes one; topics and consumers stay. */
  delete(subscription: Subscription): void {
    const key = keyOf(subscription);
    this.#byKey.delete(key);
    this.#byId.delete(subscription.id);
    this.index.delete(subscription);
    this.#deletedByKey.set(key, subscription);
    this.deleted.add(subscription);
  }

  #forgetDeleted(key: string): void {
    const before = this.#deletedByKey.get(key);
    if (before === undefined) return;
    this.#deletedByKey.delete(key);
    this.deleted.delete(before);
  }
}
