/** Faults that strike single sends, and the ingress limit. */
import type { AmqpError } from './rhea-wire.js';

/** What happens to the next send instead of being stored and answered. */
export type SendFault =
  | { readonly kind: 'reject'; readonly error: AmqpError }
  | { readonly kind: 'release' }
  | { readonly kind: 'cut' };

/** Events that are refused whenever they come. */
export interface EventRefusal {
  readonly hub: string;
  /** Looks at an event as its producer encoded it. */
  readonly matches: (encoded: Buffer) => boolean;
  readonly error: AmqpError;
}

/**
 * The faults ordered for coming sends. Rejections go first, then releases, then lost answers.
 */
export class SendFaults {
  readonly #rejections: AmqpError[] = [];
  readonly #eventRefusals = new Set<EventRefusal>();
  readonly #heldAnswers: (() => void)[] = [];
  #releases = 0;
  #cuts = 0;
  #holding = false;
  #delayMs = 0;
  #eventsPerSecond = Number.POSITIVE_INFINITY;
  #windowStartMs = 0;
  #windowEvents = 0;

  /** Whether answers are being held back. */
  get holdsAnswers(): boolean {
    return this.#holding;
  }

  /** Orders the same rejection for the next sends. */
  reject(count: number, error: AmqpError): void {
    for (let index = 0; index < count; index++) this.#rejections.push(error);
  }

  /** Refuses a batch as a whole whenever it holds one of these events. Returns a function that ends it. */
  refuseEvents(refusal: EventRefusal): () => void {
    this.#eventRefusals.add(refusal);
    return () => {
      this.#eventRefusals.delete(refusal);
    };
  }

  /** Why a batch for a hub is refused; undefined when it is not. */
  refusalOf(hub: string, events: readonly Buffer[]): AmqpError | undefined {
    return [...this.#eventRefusals].find((refusal) => refusal.hub === hub && events.some(refusal.matches))
      ?.error;
  }

  /** Orders `released` for the next sends. */
  release(count: number): void {
    this.#releases += count;
  }

  /** Orders a lost answer for the next sends. */
  cut(count: number): void {
    this.#cuts += count;
  }

  /** Takes back what was ordered for coming sends and has not struck yet. */
  forget(): void {
    this.#rejections.length = 0;
    this.#releases = 0;
    this.#cuts = 0;
  }

  /** The fault for the send that has just come, if one is ordered. */
  take(): SendFault | undefined {
    const error = this.#rejections.shift();
    if (error) return { kind: 'reject', error };
    if (this.#releases > 0) {
      this.#releases -= 1;
      return { kind: 'release' };
    }
    if (this.#cuts > 0) {
      this.#cuts -= 1;
      return { kind: 'cut' };
    }
    return undefined;
  }

  /** Gives the answer: now, after the delay in force, or when answers are no longer held back. */
  answer(give: () => void): void {
    if (this.#holding) this.#heldAnswers.push(give);
    else if (this.#delayMs > 0) setTimeout(give, this.#delayMs).unref();
    else give();
  }

  /** Sets how late answers are given from now on, in milliseconds. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** Holds answers back, or gives those that were held. */
  hold(on: boolean): void {
    this.#holding = on;
    if (!on) for (const give of this.#heldAnswers.splice(0)) give();
  }

  /** Sets the ingress limit of the namespace, in events per second. */
  limit(eventsPerSecond: number): void {
    this.#eventsPerSecond = eventsPerSecond;
  }

  /** Counts events against the limit; false when they would exceed it. A second always admits one batch. */
  admit(events: number): boolean {
    if (this.#eventsPerSecond === Number.POSITIVE_INFINITY) return true;
    const now = Date.now();
    if (now - this.#windowStartMs >= 1000) {
      this.#windowStartMs = now;
      this.#windowEvents = 0;
    }
    if (this.#windowEvents > 0 && this.#windowEvents + events > this.#eventsPerSecond) return false;
    this.#windowEvents += events;
    return true;
  }
}
