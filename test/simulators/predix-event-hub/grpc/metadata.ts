/** What clients say in the metadata of a call (Predix contract, section 3). */
import type { Metadata } from '@grpc/grpc-js';
import { singleValue, topicNames } from '../header-values.js';

/** The value of a key; undefined when there is none. */
export function valueFor(metadata: Metadata, key: string): string | undefined {
  return singleValue(textsOf(metadata, key));
}

/**
 * The topics that are named; undefined when none is.
 *
 * @param zone of the caller.
 */
export function topicsOf(metadata: Metadata, zone: string | undefined): readonly string[] | undefined {
  return topicNames(textsOf(metadata, 'topic'), zone);
}

function textsOf(metadata: Metadata, key: string): readonly string[] {
  return metadata.get(key).map(String);
}
