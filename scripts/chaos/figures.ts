/** The figures of a device, a tenant or a whole run. */
import { copiesUnderAnotherId, type Expected, isRecognisable } from './expected.js';

/** What something came to. */
export interface Figures {
  /** Notifications that Cumulocity has kept for the service. */
  sent: number;
  /** Changes that no topic got for want of a subscription: expected all the same. */
  missed: number;
  /** Those of both kinds that were read. */
  received: number;
  /** Read, although no topic had kept it and nobody could ask for it. */
  unowed: number;
  lost: number;
  /** Discarded with the consumer of a tenant that had unsubscribed. */
  givenUp: number;
  /** Missed and not read, but a later state of the object was brought afterwards. */
  superseded: number;
  /** Kept by a topic and not read, but a later state of the object was: right only for what was let go. */
  skipped: number;
  /** Not read, but a pointer event in its place. */
  rejected: number;
  /** Copies beyond the first. */
  repeated: number;
  /** Those of them that can always be told from news. */
  repeatedRecognisable: number;
  /** Those of them that carry another id than the first copy. */
  repeatedUnderAnotherId: number;
  /** First copies that stand behind a later notification of their source; those brought afterwards do not count. */
  firstCopiesOutOfOrder: number;
  /** Events that were never emitted. */
  unknown: number;
  /** The longest time in which nothing was read although something was due. */
  longestSilenceSeconds: number;
}

/** Figures of nothing. */
export function noFigures(): Figures {
  return {
    sent: 0,
    missed: 0,
    received: 0,
    unowed: 0,
    lost: 0,
    givenUp: 0,
    superseded: 0,
    skipped: 0,
    rejected: 0,
    repeated: 0,
    repeatedRecognisable: 0,
    repeatedUnderAnotherId: 0,
    firstCopiesOutOfOrder: 0,
    unknown: 0,
    longestSilenceSeconds: 0,
  };
}

/** Adds what has become of one thing that was expected. */
export function count(figures: Figures, entry: Expected): void {
  const { kind, sightings, settled, isOutOfOrder } = entry;
  if (kind !== 'unowed') figures[kind]++;
  if (sightings.length === 0) {
    if (kind === 'sent' && settled === 'superseded') figures.skipped++;
    else if (kind !== 'unowed') figures[settled ?? 'lost']++;
    return;
  }
  const copies = sightings.length - 1;
  figures[kind === 'unowed' ? 'unowed' : 'received']++;
  figures.repeated += copies;
  if (isRecognisable(entry)) figures.repeatedRecognisable += copies;
  figures.repeatedUnderAnotherId += copiesUnderAnotherId(entry);
  if (isOutOfOrder) figures.firstCopiesOutOfOrder++;
}
