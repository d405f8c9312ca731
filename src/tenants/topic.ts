/**
 * A route's Notification 2.0 topic: the subscription that feeds it and the subscriber that reads it. The one owner
 * of both; every attempt to connect asks it for an address.
 */
import type { PlatformClient } from '../cumulocity/platform-client.js';
import {
  type Capture,
  type Captured,
  deleteSubscription,
  ensureSubscription,
  isSubscribed,
} from '../cumulocity/subscriptions.js';
import { consumerUrl, createToken, unsubscribe } from '../cumulocity/tokens.js';
import { reasonOf } from '../errors.js';
import type { Log } from '../log.js';
import type { PlatformClock } from '../platform-clock.js';

/** What a topic is made of. */
export interface TopicParts {
  /** The subscription's name, which is the topic's: letters and digits. */
  readonly name: string;
  readonly subscriber: string;
  /** Names this copy of the service among those that share the topic. */
  readonly copyName: string;
  readonly baseUrl: string;
  readonly service: PlatformClient;
  readonly clock: PlatformClock;
  readonly log: Log;
  /**
   * Called when the subscription is missing, before it is made: nothing was captured since.
   * @param since when it was last known to be there, in milliseconds since 1970; `undefined`: not by this process
   * @param signal ends the wait
   * @returns resolves when it may be made; to be called when it is
   */
  readonly onMaking: (since: number | undefined, signal: AbortSignal) => Promise<() => void>;
}

/** Why an API is missing. */
export const REFUSED = 'the platform refuses it in a subscription of the whole tenant';

/** See the head of this file. */
export class Topic {
  readonly name: string;
  readonly #parts: TopicParts;
  #service: PlatformClient;
  #captured: Captured | undefined;
  /** When the subscription was last known to be there, in milliseconds since 1970. */
  #knownAt: number | undefined;
  /** Since it was found missing, until it is known to be there: an attempt that failed may have made it all the same. */
  #onMade: (() => void) | undefined;

  constructor(parts: TopicParts) {
    this.name = parts.name;
    this.#parts = parts;
    this.#service = parts.service;
  }

  /** What is captured; `undefined` before the first address. */
  get captured(): Captured | undefined {
    return this.#captured;
  }

  /** When the subscription was last known to be there, in milliseconds since 1970; `undefined`: never. */
  get knownAt(): number | undefined {
    return this.#knownAt;
  }

  /** Takes over a client with new credentials. */
  useService(service: PlatformClient): void {
    this.#service = service;
  }

  /**
   * Makes sure that the subscription is there, and gives the address of the consumer's WebSocket with a fresh token.
   * @throws PlatformError, PlatformUnreachable
   */
  async address(capture: Omit<Capture, 'name'>, signal: AbortSignal): Promise<string> {
    await this.#ensure(capture, signal);
    const { baseUrl, copyName } = this.#parts;
    return consumerUrl(baseUrl, await this.#createToken(signal), copyName);
  }

  /**
   * Looks whether the subscription is still there, and makes it anew if not. A connection that is open does not
   * tell: it just brings nothing more.
   * @throws PlatformError, PlatformUnreachable
   */
  async check(capture: Omit<Capture, 'name'>, signal: AbortSignal): Promise<void> {
    const askedAt = this.#parts.clock.earliest;
    if (await isSubscribed(this.#service, this.name, signal)) this.#knownAt = askedAt;
    else await this.#ensure(capture, signal);
  }

  async #ensure(capture: Omit<Capture, 'name'>, signal: AbortSignal): Promise<void> {
    const { apis, typeFilter, fragmentsToCopy } = capture;
    const wanted = { name: this.name, apis, typeFilter, fragmentsToCopy };
    const { clock, onMaking } = this.#parts;
    const askedAt = clock.earliest;
    const beforeMaking = async (isReplaced: boolean): Promise<void> => {
      this.#onMade ??= await onMaking(isReplaced ? askedAt : this.#knownAt, signal);
    };
    const captured = await ensureSubscription(this.#service, wanted, { beforeMaking, signal });
    this.#knownAt = captured.made === undefined ? askedAt : clock.earliest;
    this.#onMade?.();
    this.#onMade = undefined;
    if (captured.refused.length > 0 && this.#captured?.refused.length !== captured.refused.length) {
      this.#parts.log.warn(`not forwarded: ${captured.refused.join(', ')}`, { reason: REFUSED });
    }
    this.#captured = captured;
  }

  /**
   * Removes the subscription, and the subscriber with its backlog.
   * @returns whether both are gone; the service user of a tenant that has left may remove neither
   */
  async remove(): Promise<boolean> {
    const isDeleted = await this.#attempt('subscription', () => deleteSubscription(this.#service, this.name));
    const isUnsubscribed = await this.#attempt('consumer', async () =>
      unsubscribe(this.#service, await this.#createToken()),
    );
    return isDeleted && isUnsubscribed;
  }

  async #attempt(what: string, act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (thrown) {
      this.#parts.log.warn(`${what} could not be removed`, {
        subscription: this.name,
        reason: reasonOf(thrown),
      });
      return false;
    }
  }

  #createToken(signal?: AbortSignal): Promise<string> {
    const { subscriber } = this.#parts;
    return createToken(this.#service, { subscription: this.name, subscriber }, signal);
  }
}
