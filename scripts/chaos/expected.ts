/** What a run expects to find in the hubs, and what it has found of it. */
import type { Observation } from '../demo/observation.js';

/** One time at which something expected was read. */
export interface Sighting {
  readonly atMs: number;
  readonly partitionId: string;
  /** When the hub took it, in milliseconds since 1970. */
  readonly enqueuedAtMs: number;
  readonly offset: string;
  readonly messageId: string;
  /** Whether it was brought afterwards, over REST. */
  readonly isReplayed: boolean;
}

/**
 * `sent`: a topic kept it. `missed`: no topic got it for want of a subscription, and it has to come all the same.
 * `unowed`: no topic got it and nobody can ask for it, but it is stored, and may come.
 */
export type Kind = 'sent' | 'missed' | 'unowed';

/** How something expected can be settled without being read. */
export type Settlement = 'givenUp' | 'superseded' | 'rejected';

/** A change that has to come, or may come. */
export interface Expected {
  readonly tenant: string;
  readonly api: string;
  readonly source: string;
  readonly action: string;
  readonly objectId: string | undefined;
  readonly self: string | undefined;
  /** Place among all that were emitted. */
  readonly position: number;
  readonly emittedAtMs: number;
  readonly kind: Kind;
  readonly sightings: Sighting[];
  settled: Settlement | undefined;
  /** When the subscriber that had to get it was removed, whether or not that was in order. */
  discardedAtMs: number | undefined;
  /** Whether its first copy stood behind a later notification of its source; see `Ledger.account`. */
  isOutOfOrder: boolean;
}

/** API and source of a description line, `/<tenant>/<api>/<source>`. */
export function partsOf(channel: string): { readonly api: string; readonly source: string } {
  const [, , api = '', ...source] = channel.split('/');
  return { api, source: source.join('/') };
}

/**
 * Makes one out of what was emitted.
 * @param emission what was emitted, and its place among all
 */
export function expectedOf(emission: {
  readonly observation: Observation;
  readonly position: number;
  readonly atMs: number;
  readonly kind: Kind;
}): Expected {
  const { observation, position, atMs, kind } = emission;
  const { tenant, channel, action, objectId, self } = observation;
  const identity = { tenant, ...partsOf(channel), action, objectId, self };
  return {
    ...identity,
    position,
    emittedAtMs: atMs,
    kind,
    sightings: [],
    settled: undefined,
    discardedAtMs: undefined,
    isOutOfOrder: false,
  };
}

/** Whether it is lost unless it still comes. */
export function isDue({ kind, sightings, settled }: Expected): boolean {
  return kind !== 'unowed' && sightings.length === 0 && settled === undefined;
}

/** How many of its copies carry another id than the first. */
export function copiesUnderAnotherId({ sightings: [first, ...others] }: Expected): number {
  return others.filter(({ messageId }) => messageId !== first?.messageId).length;
}

/**
 * Whether a copy can always be told from news. The states of an operation carry no time of change, and a body
 * without an id has nothing but its content.
 */
export function isRecognisable({ api, action, objectId }: Expected): boolean {
  return objectId !== undefined && !(api === 'operations' && action === 'UPDATE');
}
