/** What a route has done and how it is: counted as it happens, read by the status endpoint. */
import type { LanesObserver } from '../delivery/lane-observer.js';
import type { SendError } from '../errors.js';
import { type Log, redact } from '../log.js';
import type { HubEvent } from '../mapping/hub-event.js';
import type { DeadLetter, Rejection } from '../mapping/rejection.js';
import { OccurrenceLog } from './occurrence-log.js';
import { countRejected, countShrunk, noCounts, type RouteCounts } from './route-counts.js';

/** A failure of the hub that lasts. */
export interface HubFailure {
  readonly since: string;
  readonly condition: string;
  readonly reason: string;
}

/** What else a recorder does. */
export interface RecorderOptions {
  /** Called for each event that was rejected, when a pointer event has taken its place. Must not throw. */
  readonly onRejected?: (reason: string, event: HubEvent) => void;
  /** Thins out lines about single events. */
  readonly occurrences?: OccurrenceLog;
}

/** Counts what the lanes report, and logs it once per change. */
export class RouteRecorder implements LanesObserver {
  readonly counts: RouteCounts = noCounts();
  readonly #log: Log;
  readonly #onRejected: (reason: string, event: HubEvent) => void;
  readonly #occurrences: OccurrenceLog;
  /** By partition: one may fail while the others go on. */
  readonly #failing = new Map<string, HubFailure>();
  /** Whether a line says so. */
  #isDeadLetterFailing = false;

  constructor(log: Log, { onRejected, occurrences }: RecorderOptions = {}) {
    this.#log = log;
    this.#onRejected = onRejected ?? (() => undefined);
    this.#occurrences = occurrences ?? new OccurrenceLog();
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

  partitionsChanged(before: number, now: number): void {
    this.#failing.clear();
    this.#log.info('event hub has other partitions than before', { before, now });
  }

  shrunk({ messageId, properties, body }: HubEvent, smaller: HubEvent): void {
    countShrunk(this.counts, smaller);
    const events = this.#occurrences.note('shrunk');
    if (events === 0) return;
    const { api, source } = properties;
    const { trimmed, contentEncoding } = smaller.properties;
    this.#log.info('event too large for the hub, a smaller form takes its place', {
      events,
      messageId,
      api,
      source,
      sizeBytes: body.length,
      sentBytes: smaller.body.length,
      ...(trimmed === undefined ? {} : { trimmed }),
      ...(contentEncoding === undefined ? {} : { contentEncoding }),
    });
  }

  rejected(event: HubEvent, rejection: Rejection): void {
    const reason = countRejected(this.counts, rejection);
    const { messageId, properties, body } = event;
    const { api, source } = properties;
    const events = this.#occurrences.note(`rejected: ${reason}`);
    if (events > 0) {
      const fields = { events, messageId, api, source, sizeBytes: body.length, reason: rejection.reason };
      this.#log.warn('event rejected by the hub, a pointer event takes its place', fields);
    }
    if (rejection.deadLetter !== undefined) this.#noteDeadLetter(rejection.deadLetter);
    this.#onRejected(reason, event);
  }

  #noteDeadLetter({ hubName, failure }: DeadLetter): void {
    if (failure === undefined) {
      if (this.#isDeadLetterFailing) this.#log.info('dead-letter hub takes events again', { hub: hubName });
      this.#isDeadLetterFailing = false;
      return;
    }
    const events = this.#occurrences.note('no dead letter');
    if (events === 0) return;
    this.#isDeadLetterFailing = true;
    const { condition, message } = failure;
    this.#log.warn('dead-letter hub does not take an event, its pointer event alone takes its place', {
      events,
      hub: hubName,
      condition,
      reason: message,
    });
  }
}
