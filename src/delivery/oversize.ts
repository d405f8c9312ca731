/**
 * What is tried with an event that is too large, before it is given up: first without the fragments that the route
 * can do without, then packed as well. Each step is tried once; none of it runs for events that fit.
 */
import { type ContentEncoding, compressEvent } from '../mapping/compressed-event.js';
import type { HubEvent } from '../mapping/hub-event.js';
import type { Format } from '../mapping/map-notification.js';
import { trimEvent } from '../mapping/trimmed-event.js';
import type { QueueEntry } from './lane-queue.js';

/** Makes an event smaller; `undefined` when it cannot. */
export type ShrinkStep = (event: HubEvent) => Promise<HubEvent | undefined>;

/** A route's options for events that are too large. */
export interface OversizeOptions {
  readonly format: Format;
  /** Names of fragments that may be taken out. */
  readonly trimFragments: readonly string[];
  readonly contentEncoding: ContentEncoding;
}

/** The steps, in the order in which they are tried. */
export function shrinkSteps({
  format,
  trimFragments,
  contentEncoding,
}: OversizeOptions): readonly ShrinkStep[] {
  const trim: ShrinkStep = async (event) => trimEvent(event, format, trimFragments);
  return [
    ...(trimFragments.length > 0 ? [trim] : []),
    ...(contentEncoding === 'gzip' ? [compressEvent] : []),
  ];
}

/**
 * Gives an entry the next smaller form of its event.
 * @param entry changed in place
 * @param steps see {@link shrinkSteps}
 * @returns whether there was one
 */
export async function shrink(entry: QueueEntry, steps: readonly ShrinkStep[]): Promise<boolean> {
  entry.replacing ??= { stepsTried: 0, rejection: undefined };
  for (const step of steps.slice(entry.replacing.stepsTried)) {
    entry.replacing.stepsTried++;
    const smaller = await step(entry.event);
    if (smaller === undefined) continue;
    entry.event = smaller;
    return true;
  }
  return false;
}
