/** When messages of one connection come again that are not acknowledged (Predix contract, section 7). */
import type { Delivery } from './delivery.js';
import type { AckOptions } from './subscription-options.js';

/**
 * See the head of this file. One timer for all of a connection's messages. In each of the two lists all wait equally
 * long, so that the first of it is due first.
 */
export class RetryTimer {
  readonly #options: Omit<AckOptions, 'maxRetries'>;
  readonly #onDue: (deliveries: readonly Delivery[]) => void;
  /** When a message is due that was sent once, in milliseconds. */
  readonly #sentOnce = new Map<Delivery, number>();
  /** The same for those that were sent again, or that the client could not take. */
  readonly #others = new Map<Delivery, number>();
  #timer: NodeJS.Timeout | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;

  /** @param onDue takes those that are due together. */
  constructor(options: Omit<AckOptions, 'maxRetries'>, onDue: (deliveries: readonly Delivery[]) => void) {
    this.#options = options;
    this.#onDue = onDue;
  }

  /** Waits for the next time of a message that was just sent, or that the client said it could not take. */
  start(delivery: Delivery): void {
    this.stop(delivery);
    const { beforeRetryMs, retryIntervalMs } = this.#options;
    const isFirst = delivery.sends === 1 && delivery.state === 'sent';
    if (isFirst) this.#sentOnce.set(delivery, performance.now() + beforeRetryMs);
    else this.#others.set(delivery, performance.now() + retryIntervalMs);
    this.#schedule();
  }

  /** Waits for a message no more. */
  stop(delivery: Delivery): void {
    this.#sentOnce.delete(delivery);
    this.#others.delete(delivery);
  }

  /** Waits for nothing any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sentOnce.clear();
    this.#others.clear();
  }

  #schedule(): void {
    const [once = Number.POSITIVE_INFINITY] = this.#sentOnce.values();
    const [other = Number.POSITIVE_INFINITY] = this.#others.values();
    const dueMs = Math.min(once, other);
    if (dueMs >= this.#timerDueMs) return;
    clearTimeout(this.#timer);
    this.#timerDueMs = dueMs;
    this.#timer = setTimeout(() => this.#look(), Math.ceil(dueMs - performance.now()));
  }

  #look(): void {
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    const now = performance.now();
    const due = [...takeDue(this.#sentOnce, now), ...takeDue(this.#others, now)];
    if (due.length > 0) this.#onDue(due);
    this.#schedule();
  }
}

function takeDue(waiting: Map<Delivery, number>, now: number): readonly Delivery[] {
  const due: Delivery[] = [];
  for (const [delivery, dueMs] of waiting) {
    if (dueMs > now) break;
    waiting.delete(delivery);
    due.push(delivery);
  }
  return due;
}
