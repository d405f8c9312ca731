/**
 * How the topics of a tenant were left: by a route's last run in this process or, as far as their records say, by the
 * copies of an earlier one. From this a route that starts knows what it may have missed.
 */
import type { LeftTopic } from '../backlog/absence.js';
import type { Connector } from './connector.js';
import {
  type CopyRecord,
  isOfAnotherUser,
  MISSED_BEATS,
  type RouteRecord,
  rateOf,
  subscribedAtOf,
} from './copy-records.js';

/** What is known of the tenant and of the copies. */
export interface LeftTopicsParts {
  readonly copies: Pick<Connector, 'recordsBefore' | 'copies'>;
  readonly heartbeatMs: number;
  /** Whether the tenant came while this process was running. */
  readonly isNewcomer: boolean;
  /** Of the service user that this process works with; see `userMark`. */
  readonly userMark: string | undefined;
}

/** See the head of this file. */
export class LeftTopics {
  readonly #parts: LeftTopicsParts;
  /** Of routes that have run in this process, as they stopped; `undefined`: their topics were removed. */
  readonly #records = new Map<string, RouteRecord | undefined>();

  constructor(parts: LeftTopicsParts) {
    this.#parts = parts;
  }

  /** A route has stopped, and knows this of its topic. */
  stopped(route: string, record: RouteRecord): void {
    this.#records.set(route, record);
  }

  /** A route's topic was removed: what comes from now on was not promised. */
  removed(route: string): void {
    this.#records.set(route, undefined);
  }

  /**
   * How a route's topic was left.
   * @param quotaBytes what it may hold
   * @returns `undefined` when nobody has read it before, or it was removed
   */
  of(route: string, quotaBytes: number): LeftTopic | undefined {
    if (!this.#records.has(route)) return this.#ofEarlierProcess(route, quotaBytes);
    const record = this.#records.get(route);
    if (record === undefined) return undefined;
    const { safeUntil, bytesPerSecond, isGuessed = false } = record;
    return {
      safeUntil: Date.parse(safeUntil),
      subscribedAt: subscribedAtOf([record]),
      ...{ bytesPerSecond, isGuessed, quotaBytes },
      isRead: true,
      wasGone: false,
      isGivenUp: false,
    };
  }

  /** By the copies that were alive last, or are now. */
  #ofEarlierProcess(route: string, quotaBytes: number): LeftTopic | undefined {
    const { copies, heartbeatMs, isNewcomer, userMark } = this.#parts;
    const records = [...copies.recordsBefore.values()].filter(({ routes }) => routes[route] !== undefined);
    const seenAt = Math.max(...records.map((record) => Date.parse(record.seenAt)));
    // One that had not counted as gone yet when the last one was seen.
    const isLast = (record: CopyRecord): boolean =>
      seenAt - Date.parse(record.seenAt) < MISSED_BEATS * heartbeatMs;
    const lastCopies = records.filter(isLast);
    const last = lastCopies.flatMap(({ routes }) => routes[route] ?? []);
    if (last.length === 0) return undefined;
    return {
      safeUntil: Math.min(...last.map(({ safeUntil }) => Date.parse(safeUntil))),
      subscribedAt: subscribedAtOf(records.flatMap(({ routes }) => routes[route] ?? [])),
      ...rateOf(last),
      quotaBytes,
      isRead: copies.copies > 1,
      wasGone: isNewcomer,
      isGivenUp: isNewcomer || isOfAnotherUser(lastCopies, userMark),
    };
  }
}
