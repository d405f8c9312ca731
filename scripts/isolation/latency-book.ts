/** How long each notification takes from its emission into the hub, phase by phase. */

/** What was measured in one phase. */
export class Phase {
  /** In milliseconds, in the order in which the events came into the hubs. */
  readonly latencies: number[] = [];
  /** When what is not in a hub yet was emitted, by id. */
  readonly underWay = new Map<string, number>();
}

/** See the head of this file. Times are those of `performance.now`. */
export class LatencyBook {
  /** What is emitted now belongs to it; nothing counts between two phases. */
  #current: Phase | undefined;
  /** The phase of each notification that is under way. */
  readonly #phaseOf = new Map<string, Phase>();

  /** Begins a phase. */
  begin(): Phase {
    this.#current = new Phase();
    return this.#current;
  }

  /** Ends it: what was emitted is still waited for. */
  end(): void {
    this.#current = undefined;
  }

  emitted(id: string, atMs: number): void {
    if (this.#current === undefined) return;
    this.#current.underWay.set(id, atMs);
    this.#phaseOf.set(id, this.#current);
  }

  stored(id: string, atMs: number): void {
    const phase = this.#phaseOf.get(id);
    const emittedAtMs = phase?.underWay.get(id);
    this.#phaseOf.delete(id);
    if (phase === undefined || emittedAtMs === undefined) return;
    phase.underWay.delete(id);
    phase.latencies.push(atMs - emittedAtMs);
  }
}
