/**
 * When which fault strikes what: a pure function of the seed, so that a run that went wrong can be had again.
 * Faults overlap at random, but never two that take hold of the same thing.
 */
import { type Random, seededRandom } from './random.js';

/** What a fault strikes: a tenant, a copy of the service, or everything at once. */
export type Reach = 'tenant' | 'copy' | 'all';

/** What the schedule has to know of a fault. */
export interface FaultTiming {
  readonly name: string;
  /** How long it lasts, in seconds: the least and the most. */
  readonly lasts: readonly [least: number, most: number];
  readonly reach: Reach;
  /** What it takes hold of: faults that name the same never overlap on the same target. Default its name. */
  readonly holds?: string;
}

/** What a schedule is made of. */
export interface Plan {
  readonly seed: number;
  /** Time under faults. */
  readonly seconds: number;
  readonly faults: readonly FaultTiming[];
  readonly tenants: number;
  readonly copies: number;
}

/** One fault at one time. */
export interface Strike {
  readonly fault: string;
  /** From the beginning of the time under faults, in milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  /** Places in the lists of tenants and copies. */
  readonly tenant: number;
  readonly copy: number;
  /** From 0 to less than 1: decides what a fault leaves open. */
  readonly dice: number;
}

/** One strike begins in so many seconds, on the average. */
const EVERY_SECONDS = 1.5;
/** Between two strikes that take hold of the same, in seconds. */
const GAP_SECONDS = 0.5;
const TRIES = 50;
/** Step in which a free place is looked for where trying was in vain, in seconds. */
const STEP_SECONDS = 0.25;

/**
 * Makes a schedule. Every fault strikes at least once if there is time enough for all of them; none lasts longer
 * than the time under faults.
 * @returns the strikes, in the order in which they start
 */
export function makeSchedule(plan: Plan): readonly Strike[] {
  const random = seededRandom(plan.seed);
  const strikes = new Placing(plan, random);
  const count = Math.max(plan.faults.length, Math.floor(plan.seconds / EVERY_SECONDS));
  // Each one once before any of them twice: the later ones may find no place any more.
  for (const fault of shuffled(plan.faults, random)) strikes.place(fault);
  for (let at = plan.faults.length; at < count; at++) {
    const fault = plan.faults[random.below(plan.faults.length)];
    if (fault !== undefined) strikes.place(fault);
  }
  return strikes.all.toSorted((left, right) => left.startMs - right.startMs);
}

/**
 * How often each fault strikes.
 * @param faults those that are to be named, also when they do not strike
 */
export function countStrikes(
  schedule: readonly Strike[],
  faults: readonly Pick<FaultTiming, 'name'>[],
): Record<string, number> {
  const counts = faults.map(({ name }): [string, number] => [
    name,
    schedule.filter(({ fault }) => fault === name).length,
  ]);
  return Object.fromEntries(counts);
}

function shuffled<T>(list: readonly T[], random: Random): readonly T[] {
  return list
    .map((element) => ({ element, order: random.next() }))
    .sort((left, right) => left.order - right.order)
    .map(({ element }) => element);
}

/** Finds a place for one strike after the other. */
class Placing {
  readonly all: Strike[] = [];
  readonly #plan: Plan;
  readonly #random: Random;
  readonly #taken = new Map<string, Strike[]>();

  constructor(plan: Plan, random: Random) {
    this.#plan = plan;
    this.#random = random;
  }

  place(fault: FaultTiming): void {
    const { seconds, tenants, copies } = this.#plan;
    const random = this.#random;
    const [tenant, copy, dice] = [random.below(tenants), random.below(copies), random.next()];
    const [least, most] = fault.lasts;
    const holds = `${fault.holds ?? fault.name} ${{ tenant, copy, all: '' }[fault.reach]}`;
    const shortest = Math.min(least, seconds);
    // No more than half of the time, so that others find a place beside it.
    const lasts = Math.max(shortest, Math.min(random.between(least, most), seconds / 2));
    const start = this.#freeStart(holds, lasts) ?? this.#firstFreeStart(holds, shortest);
    if (start === undefined) return;
    const lastsNow = this.#isFree(holds, start, lasts) ? lasts : shortest;
    const [startMs, endMs] = [Math.round(start * 1000), Math.round((start + lastsNow) * 1000)];
    const strike = { fault: fault.name, startMs, endMs, tenant, copy, dice };
    this.all.push(strike);
    this.#taken.set(holds, [...(this.#taken.get(holds) ?? []), strike]);
  }

  #freeStart(holds: string, lasts: number): number | undefined {
    for (let tries = 0; tries < TRIES; tries++) {
      const start = this.#random.between(0, this.#plan.seconds - lasts);
      if (this.#isFree(holds, start, lasts)) return start;
    }
    return undefined;
  }

  #firstFreeStart(holds: string, lasts: number): number | undefined {
    for (let start = 0; start + lasts <= this.#plan.seconds; start += STEP_SECONDS) {
      if (this.#isFree(holds, start, lasts)) return start;
    }
    return undefined;
  }

  #isFree(holds: string, start: number, lasts: number): boolean {
    const fromMs = (start - GAP_SECONDS) * 1000;
    const toMs = (start + lasts + GAP_SECONDS) * 1000;
    if (start + lasts > this.#plan.seconds) return false;
    return (this.#taken.get(holds) ?? []).every(({ startMs, endMs }) => endMs < fromMs || startMs > toMs);
  }
}
