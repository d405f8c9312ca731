/** A REST fault: matching requests get the status instead of being handled. */
export interface RestFault {
  /** HTTP status to answer. */
  readonly status: number;
  /** Requests whose path matches; absent = all. */
  readonly path?: RegExp;
  /** Requests of that method; absent = all. */
  readonly method?: string;
  /** How many requests; absent = until cleared. */
  readonly times?: number;
  /** Time in ms before the answer. */
  readonly delayMs?: number;
}

/** A refusal of consumer upgrades. */
export interface UpgradeFault {
  readonly status: 401 | 409 | 500;
  readonly tenant: string | undefined;
  remaining: number;
}

interface ActiveRestFault extends RestFault {
  remaining: number;
}

/** The faults that are switched on, as the parts that suffer them read them. */
export class FaultState {
  /** Acks that arrive are ignored. */
  acksHeld = false;
  /** Header lines added to every frame. */
  extraHeaderLines: readonly string[] = [];
  /** Refusals of upgrades, the last switched on first. */
  upgradeFaults: UpgradeFault[] = [];
  #restFaults: ActiveRestFault[] = [];
  #held: (() => void)[] | undefined;

  /** Adds a REST fault. */
  addRestFault(fault: RestFault): void {
    this.#restFaults.push({ ...fault, remaining: fault.times ?? Number.POSITIVE_INFINITY });
  }

  /** Removes every REST fault. */
  clearRestFaults(): void {
    this.#restFaults = [];
  }

  /** The fault that hits a request, which is counted. */
  takeRestFault(method: string, path: string): RestFault | undefined {
    if (this.#restFaults.length === 0) return undefined;
    const found = this.#restFaults.find(
      (fault) => (fault.path?.test(path) ?? true) && (fault.method ?? method) === method,
    );
    if (found !== undefined && --found.remaining <= 0) {
      this.#restFaults = this.#restFaults.filter((fault) => fault !== found);
    }
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
}
