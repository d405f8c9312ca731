/** Carries a schedule out, and notes when what really struck. */
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Ending, Fault, HubKind, Stage, Struck } from './fault.js';
import type { News } from './news.js';
import type { Strike } from './schedule.js';
import type { Spell } from './trail.js';

/** See the head of this file. */
export class Storm<K extends HubKind = HubKind> {
  /** In the order in which they began. */
  readonly spells: Spell[] = [];
  readonly #stage: Stage<K>;
  readonly #faults: ReadonlyMap<string, Fault<K>>;
  readonly #news: News;
  /** By what is taken hold of: resolves when it is free again. */
  readonly #held = new Map<string, Promise<void>>();

  /** @param news told when a fault begins and ends */
  constructor(stage: Stage<K>, faults: readonly Fault<K>[], news: News) {
    this.#stage = stage;
    this.#faults = new Map(faults.map((fault) => [fault.name, fault]));
    this.#news = news;
  }

  /** The faults that are in force. */
  get active(): readonly Spell[] {
    return this.spells.filter(({ endedAtMs }) => endedAtMs === undefined);
  }

  /**
   * Runs a schedule. When it resolves everything that has begun is ended.
   * @param seconds how long it takes at the least
   * @param interrupted lets nothing more begin and ends what has begun
   * @throws what a fault could not do; that ends the others, too
   */
  async run(schedule: readonly Strike[], seconds: number, interrupted: AbortSignal): Promise<void> {
    const failed = new AbortController();
    const signal = AbortSignal.any([interrupted, failed.signal]);
    // One listener for each strike is no leak.
    setMaxListeners(0, signal);
    const startedAt = performance.now();
    const until = async (ms: number): Promise<void> => {
      const restMs = startedAt + ms - performance.now();
      if (restMs > 0) await delay(restMs, undefined, { signal }).catch(() => undefined);
    };
    const results = await Promise.allSettled([
      ...schedule.map((strike) =>
        this.#strike(strike, until, signal).catch((thrown: unknown) => {
          failed.abort();
          throw thrown;
        }),
      ),
      until(seconds * 1000),
    ]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async #strike(strike: Strike, until: (ms: number) => Promise<void>, signal: AbortSignal): Promise<void> {
    await until(strike.startMs);
    const fault = this.#faults.get(strike.fault);
    if (signal.aborted || fault === undefined) return;
    const struck = this.#struck(strike, signal);
    const target = targetOf(fault, struck);
    // What lasts until something has happened may last longer than the schedule thinks.
    const held = `${fault.holds ?? fault.name} ${target}`;
    const before = this.#held.get(held);
    const striking = Promise.resolve(before).then(() =>
      this.#begin(fault, target, struck, () => until(strike.endMs)),
    );
    this.#held.set(
      held,
      striking.catch(() => undefined),
    );
    await striking;
  }

  async #begin(
    fault: Fault<K>,
    target: string,
    struck: Struck<K>,
    untilItsEnd: () => Promise<void>,
  ): Promise<void> {
    if (struck.signal.aborted) return;
    const spell: Spell = { fault: fault.name, target, beganAtMs: performance.now(), endedAtMs: undefined };
    this.spells.push(spell);
    this.#news.say(`${fault.name} (${target})`);
    const ending = await fault.begin(this.#stage, struck);
    if (ending !== undefined) await this.#end(spell, ending, untilItsEnd);
    spell.endedAtMs = performance.now();
  }

  async #end(spell: Spell, ending: Ending, untilItsEnd: () => Promise<void>): Promise<void> {
    await untilItsEnd();
    await ending();
    this.#news.say(`${spell.fault} (${spell.target}) is over`);
  }

  #struck({ tenant, copy, dice, startMs, endMs }: Strike, signal: AbortSignal): Struck<K> {
    const { tenants, copies } = this.#stage;
    const [theTenant, theCopy] = [tenants[tenant], copies[copy]];
    if (theTenant === undefined || theCopy === undefined) {
      throw new Error('the schedule was made for other tenants and copies');
    }
    return { tenant: theTenant, copy: theCopy, dice, lastsMs: endMs - startMs, signal };
  }
}

function targetOf({ reach }: Pick<Fault, 'reach'>, { tenant, copy }: Struck): string {
  return { tenant: tenant.id, copy: copy.name, all: 'all' }[reach];
}
