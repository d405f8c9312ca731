/** Metric messages: how far the partitions have been filled (Predix contract, section 8). */
import type { WireMessage } from '../protocol.js';
import type { Topic } from '../store/topic.js';

/**
 * Makes one: for each partition of the topics, the offset that its next message will get.
 *
 * @param zone that the topics are in.
 */
export function metricMessage(zone: string, topics: readonly Topic[]): Partial<WireMessage> {
  const entries = topics.flatMap(({ name, partitions }) =>
    partitions.map(({ index, nextOffset }) => [`${zone}_${name}-${index}`, String(nextOffset)]),
  );
  return { zone_id: zone, isMetricMsg: true, metric: { metricmap: Object.fromEntries(entries) } };
}
