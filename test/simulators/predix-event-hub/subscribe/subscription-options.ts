/** What a subscriber asks for in the metadata of its call (Predix contract, section 3, "Subscribe"). */
import { type DurationLimits, readCount, readDuration } from '../durations.js';
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
export interface OptionSource {
  readonly method: SubscribeMethod;
  /** The name in the request of `receive`; empty: none. It goes before the one in the metadata. */
  readonly requestedName: string;
  /** Gives the value of a key of the metadata. */
  readonly header: (name: string) => string | undefined;
  readonly rules: SubscribeRules;
  /** Takes a line for each value that is out of range. */
  readonly log: (line: string) => void;
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

type Read = (text: string | undefined, limits: DurationLimits) => number;

function readLimited(
  { header, log }: OptionSource,
  read: Read,
  name: string,
  limits: DurationLimits,
): number {
  const text = header(name);
  const value = read(text, limits);
  const asked = read(text, { ...limits, least: 0, most: Number.MAX_SAFE_INTEGER });
  if (asked !== value) log(`${name} ${asked} is out of range: ${value} is used`);
  return value;
}
