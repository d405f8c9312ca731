/** What a subscriber tells the service in the metadata of its call (Predix contract, section 3, "Subscribe"). */
import { Metadata } from '@grpc/grpc-js';
import { DEFAULT_TOPIC } from '../../destinations/predix-event-hub/hub-address.js';
import type { PredixReadingOptions } from './options.js';

/**
 * Makes the metadata.
 * @param options what is wanted
 * @param token goes bare, as all SDKs send it on gRPC (Predix contract, section 18)
 */
export function subscribeMetadata(options: PredixReadingOptions, token: string): Metadata {
  const metadata = new Metadata();
  const entries = {
    authorization: token,
    'predix-zone-id': options.connection.zoneId,
    subscribername: options.subscriber,
    'offset-newest': String(options.isNewest),
    ...ackEntries(options),
    ...batchEntries(options),
  };
  for (const [key, value] of Object.entries(entries)) metadata.set(key, value);
  for (const topic of namedTopics(options)) metadata.add('topic', topic);
  return metadata;
}

/** The default topic alone is not named: it would need other scopes then. */
function namedTopics({ topics }: PredixReadingOptions): readonly string[] {
  return topics.every((topic) => topic === DEFAULT_TOPIC) ? [] : topics;
}

function ackEntries({ mode, retry }: PredixReadingOptions): Readonly<Record<string, string>> {
  if (mode === 'receive') return {};
  return {
    acks: 'true',
    'duration-before-retry': `${retry.afterSeconds}s`,
    'retry-interval': `${retry.intervalSeconds}s`,
    'max-retries': String(retry.most),
  };
}

function batchEntries({
  mode,
  batch,
  metricsMinutes,
}: PredixReadingOptions): Readonly<Record<string, string>> {
  if (mode !== 'batch') return {};
  return {
    'batch-size': String(batch.size),
    'batch-interval': `${batch.intervalMs}ms`,
    'batchtype-union': String(batch.isUnion),
    ...(metricsMinutes === undefined ? {} : { metrics: 'true', 'metrics-interval': `${metricsMinutes}m` }),
  };
}
