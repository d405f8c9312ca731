/** What a route has done and how it is: counted as it happens, read by the status endpoint. */
import type { LaneObserver } from '../delivery/lane.js';
import type { SendError } from '../errors.js';
import { type Log, redact } from '../log.js';
import type { HubEvent } from '../mapping/hub-event.js';

/** Counts since the route was started. */
export interface RouteCounts {
  /** Notifications read, each copy counted. */
  received: number;
  /** Copies that came again and were not sent again. */
  repeated: number;
  /** Events that the hub accepted, pointer events included. */
  sent: number;
  sentBytes: number;
  batches: number;
  /** Attempts that failed and were tried again. */
  failedAttempts: number;
  /** Events that the hub will never accept, each replaced by a pointer event. */
  rejected: number;
}

/** A failure of the hub that lasts. */
export interface HubFailure {
  readonly since: string;
  readonly condition: string;
  readonly reason: string;
}

/** Counts what the lanes report, and logs it once per change. */
export class RouteRecorder implements LaneObserver {
  readonly counts: RouteCounts = {
    received: 0,
    repeated: 0,
    sent: 0,
    sentBytes: 0,
    batches: 0,
    failedAttempts: 0,
    rejected: 0,
  };
  readonly #log: Log;
  /** By partition: one may fail while the others go on. */
  readonly #failing = new Map<string, HubFailure>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** The longest lasting failure of the hub; `undefined` when all is well. */
  get failure(): HubFailure | undefined {
    return [...this.#failing.values()].sort((a, b) => a.since.localeCompare(b.since))[0];
  }

  sent(events: number, bytes: number): void {
    this.counts.sent += events;
    this.counts.sentBytes += bytes;
    this.counts.batches++;
  }

  failed({ condition, message }: SendError, partitionId: string, attempt: number): void {
    this.counts.failedAttempts++;
    const known = this.#failing.get(partitionId);
    if (known?.condition === condition) return;
    const since = known?.since ?? new Date().toISOString();
    const isNews = ![...this.#failing.values()].some((failure) => failure.condition === condition);
    this.#failing.set(partitionId, { since, condition, reason: redact(message) });
    if (isNews)
      this.#log.warn('event hub does not accept events, trying again', {
        partitionId,
        attempt,
        condition,
        reason: message,
      });
  }

  recovered(partitionId: string): void {
    this.#failing.delete(partitionId);
    if (this.#failing.size === 0) this.#log.info('event hub accepts events again');
  }

  rejected({ messageId, properties, body }: HubEvent, reason: string): void {
    this.counts.rejected++;
    const { api, source } = properties;
    this.#log.warn('event rejected by the hub, a pointer event takes its place', {
      messageId,
      api,
      source,
      sizeBytes: body.length,
      reason,
    });
  }
}
