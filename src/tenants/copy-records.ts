/**
 * What each copy of the service writes of itself into a tenant's connector object, in a fragment of its own:
 * `eventhubs_Copy_<name>`. Copies see each other by it, and a later run sees where an earlier one has stopped.
 * There is no other coordination between them.
 */
import { z } from 'zod';
import type { ObjectFragments } from '../cumulocity/connector-object.js';

const PREFIX = 'eventhubs_Copy_';

const RouteRecord = z.object({
  /** Everything that was published before is in the hub. */
  safeUntil: z.iso.datetime(),
  /** When the subscription was last known to be there: the topic keeps what comes only as long as it is. */
  subscribedAt: z.iso.datetime().optional(),
  /** The highest rate of arrival that this copy has seen. */
  bytesPerSecond: z.number().nonnegative(),
  /** Whether that is only a guess. */
  isGuessed: z.boolean().optional(),
  /** How much was not acknowledged. */
  bytes: z.number().nonnegative(),
});

/** What a copy knows of a route's topic. */
export type RouteRecord = z.infer<typeof RouteRecord>;

const CopyRecord = z.object({
  /** Counts up; a copy whose beat stands still is gone. */
  beat: z.number(),
  /** Has stopped in order: nobody has to wait until its beat is missed. */
  hasStopped: z.boolean(),
  seenAt: z.iso.datetime(),
  /** Of the service user that it worked with; see `userMark`. */
  userMark: z.string().optional(),
  routes: z.record(z.string(), RouteRecord),
});

/** See the head of this file. */
export type CopyRecord = z.infer<typeof CopyRecord>;

/** The name of the fragment of a copy. */
export function copyFragment(copyName: string): string {
  return `${PREFIX}${copyName.replace(/[^A-Za-z0-9]/g, '_')}`;
}

/**
 * Reads the records of all copies.
 * @returns by the name of the fragment; what has another form is left out
 */
export function readCopyRecords(fragments: ObjectFragments): ReadonlyMap<string, CopyRecord> {
  const records = Object.entries(fragments).flatMap(([name, value]) => {
    const { data } = name.startsWith(PREFIX) ? CopyRecord.safeParse(value) : {};
    return data === undefined ? [] : [[name, data] as const];
  });
  return new Map(records);
}

/** When any of the copies last knew a subscription to be there, in milliseconds since 1970; `undefined`: none has said. */
export function subscribedAtOf(records: readonly RouteRecord[]): number | undefined {
  const times = records.flatMap(({ subscribedAt = [] }) => subscribedAt).map((time) => Date.parse(time));
  return times.length === 0 ? undefined : Math.max(...times);
}

/** Whether all that these copies worked with was another service user, as far as they have said. */
export function isOfAnotherUser(records: readonly CopyRecord[], userMark: string | undefined): boolean {
  const marks = records.flatMap((record) => record.userMark ?? []);
  return userMark !== undefined && marks.length > 0 && !marks.includes(userMark);
}

/** The rate at which a copy has really seen notifications arrive, in bytes per second; 0 where it has only guessed. */
export function knownRate(record: RouteRecord | undefined): number {
  return record === undefined || record.isGuessed === true ? 0 : record.bytesPerSecond;
}

/**
 * The rate of a topic, of which each copy has seen its part. Guesses are never added up: each copy's guess is about
 * the whole topic already, and passed from run to run the sums of sums would grow without end.
 */
export function rateOf(records: readonly RouteRecord[]): { bytesPerSecond: number; isGuessed: boolean } {
  const known = records.reduce((sum, record) => sum + knownRate(record), 0);
  if (known > 0) return { bytesPerSecond: known, isGuessed: false };
  return {
    bytesPerSecond: Math.max(0, ...records.map(({ bytesPerSecond }) => bytesPerSecond)),
    isGuessed: true,
  };
}

/** A copy counts as gone when its beat has stood still for so many heartbeats. */
export const MISSED_BEATS = 3;

/**
 * Which copies are alive. Told by their beats and this process' own clock: the clocks of other machines do not
 * matter.
 */
export class LiveCopies {
  readonly #heartbeatMs: number;
  readonly #own: string;
  readonly #beats = new Map<string, { beat: number; changedAt: number }>();
  #live: readonly string[];

  /**
   * @param ownFragment of this copy, which is always alive
   * @param heartbeatMs from one beat to the next, in milliseconds
   */
  constructor(ownFragment: string, heartbeatMs: number) {
    this.#own = ownFragment;
    this.#heartbeatMs = heartbeatMs;
    this.#live = [ownFragment];
  }

  /** Their fragments, in order of their names. */
  get fragments(): readonly string[] {
    return this.#live;
  }

  /**
   * Whether this copy does what only one of them should do. For a moment two may think so; what they do is the
   * same then, and harmless twice.
   */
  get isLeading(): boolean {
    return this.#live[0] === this.#own;
  }

  /**
   * Takes a look.
   * @param records see {@link readCopyRecords}
   * @param now milliseconds of a clock that only goes forward
   */
  look(records: ReadonlyMap<string, CopyRecord>, now: number): void {
    const live = [this.#own];
    for (const [name, { beat, hasStopped }] of records) {
      if (name === this.#own) continue;
      const known = this.#beats.get(name);
      const changedAt = known?.beat === beat ? known.changedAt : now;
      this.#beats.set(name, { beat, changedAt });
      if (!hasStopped && now - changedAt < MISSED_BEATS * this.#heartbeatMs) live.push(name);
    }
    this.#live = live.sort();
  }
}
