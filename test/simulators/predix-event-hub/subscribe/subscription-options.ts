/** What a subscriber asks for in the metadata of its call (Predix contract, section 3, "Subscribe"). */
import { readCount, readDuration, readLimited, type ValueSource } from '../durations.js';
import type { SubscribeRules } from './rules.js';

/** The three methods of the service. */
export type SubscribeMethod = 'receive' | 'receiveWithAcks' | 'subscribe';

/** How messages come again that are not acknowledged. Times are in milliseconds. */
export interface AckOptions {
  readonly beforeRetryMs: number;
  readonly retryIntervalMs: number;
  readonly maxRetries: number;
}

/** How messages are gathered. */
export interface BatchOptions {
  /** How many messages a batch may hold. */
  readonly size: number;
  readonly intervalMs: number;
  /** `true`: a batch is sent when its size or the interval is reached; `false`: not before the interval is over. */
  readonly isUnion: boolean;
}

/** See the head of this file. */
export interface SubscriptionOptions {
  /** Name of the subscriber. */
  readonly name: string;
  /** Whether a name that was never seen begins behind all that is stored. */
  readonly isNewest: boolean;
  /** Undefined: nothing is acknowledged. */
  readonly acks: AckOptions | undefined;
  /** Undefined: messages come one by one. */
  readonly batch: BatchOptions | undefined;
  /** In milliseconds; undefined: no metric messages. */
  readonly metricsIntervalMs: number | undefined;
}

const defaultName = 'default-subscriber-name';

/** What the options are read from. */
export interface OptionSource extends ValueSource {
  readonly method: SubscribeMethod;
  /** The name in the request of `receive`; empty: none. It goes before the one in the metadata. */
  readonly requestedName: string;
  readonly rules: SubscribeRules;
}

/** Reads the options of a call. What is out of range is moved to the limit. */
export function readSubscriptionOptions(source: OptionSource): SubscriptionOptions {
  const { method, requestedName, header } = source;
  const isOn = (name: string): boolean => header(name)?.toLowerCase() === 'true';
  const hasAcks = method === 'receiveWithAcks' || (method === 'subscribe' && isOn('acks'));
  const hasMetrics = method === 'subscribe' && isOn('metrics');
  return {
    name: requestedName || header('subscribername') || defaultName,
    isNewest: isOn('offset-newest'),
    acks: hasAcks ? readAckOptions(source) : undefined,
    batch:
      method === 'subscribe' ? readBatchOptions(source, hasMetrics || isOn('batchtype-union')) : undefined,
    metricsIntervalMs: hasMetrics
      ? readLimited(source, readDuration, 'metrics-interval', source.rules.metricsInterval)
      : undefined,
  };
}

function readAckOptions(source: OptionSource): AckOptions {
  const { durationBeforeRetry, retryInterval, maxRetries } = source.rules;
  return {
    beforeRetryMs: readLimited(source, readDuration, 'duration-before-retry', durationBeforeRetry),
    retryIntervalMs: readLimited(source, readDuration, 'retry-interval', retryInterval),
    maxRetries: readLimited(source, readCount, 'max-retries', maxRetries),
  };
}

function readBatchOptions(source: OptionSource, isUnion: boolean): BatchOptions {
  const { batchSize, batchInterval } = source.rules;
  return {
    size: readLimited(source, readCount, 'batch-size', batchSize),
    intervalMs: readLimited(source, readDuration, 'batch-interval', batchInterval),
    isUnion,
  };
}
