/** What clients say in the metadata of a call (Predix contract, sections 3 and 16). */
import type { Metadata } from '@grpc/grpc-js';
import { defaultTopic } from '../store/zones.js';

/**
 * The value of a key. Several equal values count as one: the Java SDK sends the zone twice.
 *
 * @returns undefined when there is none.
 */
export function firstOf(metadata: Metadata, key: string): string | undefined {
  return valuesOf(metadata, key)[0];
}

/** The distinct values of a key. The server's library joins repeated ones with commas, which no value may hold. */
export function valuesOf(metadata: Metadata, key: string): readonly string[] {
  const parts = metadata.get(key).flatMap((value) => String(value).split(','));
  return [...new Set(parts.map((part) => part.trim()).filter((part) => part !== ''))];
}

/**
 * The topics that are named; undefined when none is. The default one has a second name, which the Python SDK uses.
 *
 * @param zone of the caller.
 */
export function topicsOf(metadata: Metadata, zone: string | undefined): readonly string[] | undefined {
  const names = valuesOf(metadata, 'topic');
  if (names.length === 0) return undefined;
  return [...new Set(names.map((name) => (name === `${zone}_${defaultTopic}` ? defaultTopic : name)))];
}
