/** What a route has done, in numbers. */
import type { HubEvent } from '../mapping/hub-event.js';
import type { Rejection } from '../mapping/rejection.js';

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
  /** Events that the hub will never accept, by reason; for each it has accepted a pointer event. */
  rejected: Record<string, number>;
  /** Events that were too large, and were accepted without some of their fragments. */
  trimmed: number;
  /** Events that were too large, and were accepted packed. */
  compressed: number;
  /** Rejected events that are whole in the dead-letter hub. */
  deadLettered: number;
  /** Rejected events that should be there and are not. */
  deadLetterFailures: number;
}

/** Reasons come from the hub. If it thinks of more than that, the rest is counted together. */
const MOST_REASONS = 20;
const OTHER_REASON = 'other';

/** All zero. */
export function noCounts(): RouteCounts {
  return {
    received: 0,
    repeated: 0,
    sent: 0,
    sentBytes: 0,
    batches: 0,
    failedAttempts: 0,
    rejected: {},
    trimmed: 0,
    compressed: 0,
    deadLettered: 0,
    deadLetterFailures: 0,
  };
}

/** Counts an event that was accepted in a smaller form. */
export function countShrunk(counts: RouteCounts, { properties, contentEncoding }: HubEvent): void {
  if (properties['trimmed'] !== undefined) counts.trimmed++;
  if (contentEncoding !== undefined) counts.compressed++;
}

/**
 * Counts a rejected event.
 * @returns the reason that it is counted under
 */
export function countRejected(counts: RouteCounts, { reason, deadLetter }: Rejection): string {
  const { rejected } = counts;
  const isRoom = Object.hasOwn(rejected, reason) || Object.keys(rejected).length < MOST_REASONS;
  const counted = isRoom ? reason : OTHER_REASON;
  rejected[counted] = (rejected[counted] ?? 0) + 1;
  if (deadLetter?.failure !== undefined) counts.deadLetterFailures++;
  else if (deadLetter !== undefined) counts.deadLettered++;
  return counted;
}
