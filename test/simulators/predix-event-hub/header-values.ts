/** What clients say in metadata and headers, where a key may come more than once (Predix contract, sections 3 and 16). */
import { defaultTopic } from './store/zones.js';

/** The distinct values of a key. Servers' libraries join repeated ones with commas, which no name may hold. */
function distinctValues(given: readonly string[]): readonly string[] {
  const parts = given.flatMap((value) => value.split(','));
  return [...new Set(parts.map((part) => part.trim()).filter((part) => part !== ''))];
}

/**
 * The value of a key that has one. Several equal values count as one, as the Java SDK sends the zone twice; others are
 * taken for what they look like: one value with commas.
 *
 * @returns undefined when there is none.
 */
export function singleValue(given: readonly string[]): string | undefined {
  const values = distinctValues(given);
  return values.length > 1 ? given.join(', ').trim() : values[0];
}

/**
 * The topics that are named; undefined when none is. The default one has a second name, which the Python SDK uses.
 *
 * @param zone of the caller.
 */
export function topicNames(
  given: readonly string[],
  zone: string | undefined,
): readonly string[] | undefined {
  const names = distinctValues(given);
  if (names.length === 0) return undefined;
  return [...new Set(names.map((name) => (name === `${zone}_${defaultTopic}` ? defaultTopic : name)))];
}
