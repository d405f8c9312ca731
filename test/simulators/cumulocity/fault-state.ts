/** A REST fault: matching requests get the status instead of being handled, or are handled late. */
export interface RestFault {
  /** HTTP status to answer; absent = the request is handled after the delay. */
  readonly status?: number;
  /** Requests whose path matches; absent = all. */
  readonly path?: RegExp;
  /** Requests of that method; absent = all. */
  readonly method?: string;
  /** Only requests of bootstrap and service users, which leaves devices alone; absent = everybody's. */
  readonly callers?: 'system';
  /** How many requests; absent = until cleared. */
  readonly times?: number;
  /** Time in ms before the answer. */
  readonly delayMs?: number;
  /** Called when it hits a request. */
  readonly onHit?: () => void;
}

/** A refusal of consumer upgrades. */
export interface UpgradeFault {
  readonly status: 401 | 409 | 500;
  readonly tenant: string | undefined;
  remaining: number;
}

/** A REST fault that is switched on. */
export interface ActiveRestFault extends RestFault {
  remaining: number;
  /** Aborted when the fault is ended, which lets the requests go that it delays. */
  readonly ended: AbortController;
}

/** A request as REST faults are looked up for it. */
export interface StruckRequest {
  readonly method: string;
  readonly path: string;
  /** Whether it comes from a bootstrap or service user; asked only when a fault depends on it. */
  readonly isFromSystem: () => boolean;
}

/** The faults that are switched on, as the parts that suffer them read them. */
export class FaultState {
  /** How long in ms an abruptly dropped exclusive consumer still blocks with 409. */
  lingerMs: number;
  /** Acks that arrive are ignored. */
  acksHeld = false;
  /** Header lines added to every frame. */
  extraHeaderLines: readonly string[] = [];
  /** Refusals of upgrades, the last switched on first. */
  upgradeFaults: UpgradeFault[] = [];
  #restFaults: ActiveRestFault[] = [];
  #held: (() => void)[] | undefined;

  constructor(lingerMs: number) {
    this.lingerMs = lingerMs;
  }

  /**
   * Adds a REST fault.
   *
   * @returns ends it
   */
  addRestFault(fault: RestFault): () => void {
    const remaining = fault.times ?? Number.POSITIVE_INFINITY;
    const active = { ...fault, remaining, ended: new AbortController() };
    this.#restFaults.push(active);
    return () => {
      this.#removeRestFault(active);
      active.ended.abort();
    };
  }

  /** Removes every REST fault. */
  clearRestFaults(): void {
    for (const { ended } of this.#restFaults.splice(0)) ended.abort();
  }

  /** The fault that hits a request, which is counted. */
  takeRestFault({ method, path, isFromSystem }: StruckRequest): ActiveRestFault | undefined {
    const found = this.#restFaults.find(
      (fault) =>
        (fault.path?.test(path) ?? true) &&
        (fault.method ?? method) === method &&
        (fault.callers === undefined || isFromSystem()),
    );
    if (found !== undefined && --found.remaining <= 0) this.#removeRestFault(found);
    found?.onHit?.();
    return found;
  }

  /** The status to refuse an upgrade with, which is counted. */
  takeUpgradeFault(tenant: string | undefined): number | undefined {
    const found = this.upgradeFaults.find((fault) => fault.tenant === undefined || fault.tenant === tenant);
    if (found !== undefined && --found.remaining <= 0) {
      this.upgradeFaults = this.upgradeFaults.filter((fault) => fault !== found);
    }
    return found?.status;
  }

  /** Whether REST requests are being held. */
  get restPaused(): boolean {
    return this.#held !== undefined;
  }

  /** Holds REST requests from now on, or lets the held ones go. */
  pauseRest(on: boolean): void {
    const held = this.#held;
    this.#held = on ? (held ?? []) : undefined;
    if (!on) for (const release of held ?? []) release();
  }

  /** Resolves when REST is not paused. */
  untilRestRuns(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#held === undefined) resolve();
      else this.#held.push(resolve);
    });
  }

  #removeRestFault(removed: ActiveRestFault): void {
    this.#restFaults = this.#restFaults.filter((fault) => fault !== removed);
  }
}
