/** What the service sets for all subscribers (Predix contract, sections 3, 7 and 8). */
import { longestTimerMs } from '../at-time.js';
import type { DurationLimits } from '../durations.js';

/** See the head of this file. Tests put other limits in their place, so that no timer has to be waited for. */
export interface SubscribeRules {
  /** How many connections there may be at the same time, in what `connectionLimitScope` says. */
  readonly maxConnectionsPerZone: number;
  /** Whether connections are counted over a whole zone, or for each subscriber name in it. */
  readonly connectionLimitScope: 'zone' | 'name';
  /** How many connections of one name get messages of a topic; those behind them stand by. */
  readonly maxActivePerName: number;
  /** How many messages a connection may leave unacknowledged before it gets no more. */
  readonly window: number;
  /** Limits of `duration-before-retry`, in milliseconds. */
  readonly durationBeforeRetry: DurationLimits;
  /** Limits of `retry-interval`, in milliseconds. */
  readonly retryInterval: DurationLimits;
  /** Limits of `max-retries`. */
  readonly maxRetries: DurationLimits;
  /** Limits of `batch-size`, in messages. */
  readonly batchSize: DurationLimits;
  /** Limits of `batch-interval`, in milliseconds. */
  readonly batchInterval: DurationLimits;
  /** Limits of `metrics-interval`, in milliseconds. */
  readonly metricsInterval: DurationLimits;
}

/** What the service is known, or decided, to do. */
export const subscribeRules: SubscribeRules = {
  maxConnectionsPerZone: 7,
  connectionLimitScope: 'zone',
  maxActivePerName: 5,
  window: 1000,
  durationBeforeRetry: { fallback: 30_000, least: 30_000, most: 60_000 },
  retryInterval: { fallback: 30_000, least: 1, most: longestTimerMs },
  maxRetries: { fallback: 5, least: 2, most: 10 },
  batchSize: { fallback: 500, least: 1, most: 10_000 },
  batchInterval: { fallback: 100, least: 100, most: 1000 },
  metricsInterval: { fallback: 300_000, least: 60_000, most: 3_600_000 },
};
