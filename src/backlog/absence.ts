/**
 * What may have been missed while nobody read a topic: Cumulocity keeps it, but not for ever and not without limit
 * (service terms, quotas). Decided from what an earlier run has written down.
 */
import { LIMIT_SHARE } from './backlog.js';
import type { GapReason } from './gap.js';
import type { Span } from './spans.js';

/** How long Cumulocity keeps a notification (messaging service, time to live). */
export const RETENTION_MS = 36 * 60 * 60 * 1000;

/** How a topic was left. Times in milliseconds since 1970. */
export interface LeftTopic {
  /** Everything that was published before is in the hub. */
  readonly safeUntil: number;
  /** When the subscription was last known to be there; `undefined`: nobody has said. */
  readonly subscribedAt: number | undefined;
  /** The highest rate at which notifications arrived. */
  readonly bytesPerSecond: number;
  /** Whether that is only a guess. */
  readonly isGuessed: boolean;
  readonly quotaBytes: number;
  /** Whether another copy of the service reads it: then there was no time in which nobody did. */
  readonly isRead: boolean;
  /** Whether the tenant was seen to be gone meanwhile. */
  readonly wasGone: boolean;
  /** Whether it may have been: then its subscriber was removed, with all that it had not read. */
  readonly isGivenUp: boolean;
}

/** A time whose notifications may be missing. */
export interface Missing {
  readonly reason: GapReason;
  readonly span: Span;
}

/**
 * What may be missing of a topic whose subscription was there all the time.
 * @param left how it was left
 * @param now when it is read again
 */
export function missingAfter(left: LeftTopic, now: number): readonly Missing[] {
  const { safeUntil, bytesPerSecond, quotaBytes } = left;
  if (left.isGivenUp) return [{ reason: 'absence', span: [safeUntil, now] }];
  if (left.isRead) return [];
  const missing: Missing[] = [];
  const keptSince = now - RETENTION_MS;
  if (safeUntil < keptSince) missing.push({ reason: 'retention', span: [safeUntil, keptSince] });
  const fullAfterMs =
    bytesPerSecond === 0 ? Number.POSITIVE_INFINITY : ((quotaBytes * LIMIT_SHARE) / bytesPerSecond) * 1000;
  const fullSince = safeUntil + fullAfterMs;
  if (fullSince < now) missing.push({ reason: 'absence', span: [fullSince, now] });
  return missing;
}
