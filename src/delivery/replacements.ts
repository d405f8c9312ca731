/**
 * What a lane sends in the place of an event that the hub does not take as it is: one that is too large in a smaller
 * form; one that is too large in every form, or refused for another reason, as a pointer event, and whole to the
 * dead-letter hub if there is one.
 */
import type { SendSubject } from '../errors.js';
import { toPointerEvent } from '../mapping/rejection.js';
import type { DeadLetters } from './dead-letters.js';
import type { QueueEntry } from './lane-queue.js';
import { type ShrinkStep, shrink } from './oversize.js';

/** Why an event cannot be sent as it is. */
export interface Refusal {
  readonly subject: SendSubject | undefined;
  /** The hub's own condition. */
  readonly condition: string;
}

/** The reason of all that is too large, whoever noticed it; the name of AMQP's condition (AMQP 1.0, 2.8.15). */
export const TOO_LARGE = 'message-size-exceeded';

/** See the head of this file. */
export class Replacements {
  readonly #steps: readonly ShrinkStep[];
  readonly #deadLetters: DeadLetters | undefined;

  /**
   * @param options.steps what is tried with an event that is too large; default nothing
   * @param options.deadLetters takes what is rejected; default nobody
   */
  constructor(options: { steps?: readonly ShrinkStep[]; deadLetters?: DeadLetters | undefined } = {}) {
    this.#steps = options.steps ?? [];
    this.#deadLetters = options.deadLetters;
  }

  /**
   * Gives an entry what is sent next in its event's place. Waits for nothing but one attempt with the dead-letter hub.
   * @param entry not a pointer event yet; changed in place
   * @param refusal why
   * @param signal ends that attempt
   */
  async replace(entry: QueueEntry, refusal: Refusal, signal: AbortSignal): Promise<void> {
    const isTooLarge = refusal.subject === 'size';
    if (isTooLarge && (await shrink(entry, this.#steps))) return;
    const reason = isTooLarge ? TOO_LARGE : refusal.condition;
    const { event } = entry.delivery;
    const rejection = { reason, deadLetter: await this.#deadLetters?.put(event, reason, signal) };
    entry.replacing = { stepsTried: this.#steps.length, rejection };
    entry.event = toPointerEvent(event, rejection);
  }
}
