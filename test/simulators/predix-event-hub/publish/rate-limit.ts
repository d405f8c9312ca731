/** How much a tenant may publish when there are too many of them (Predix contract, section 14). */

/** How publishing is limited. */
export interface RateLimitOptions {
  /** `auto`: while more tenants than that publish. */
  readonly mode: 'off' | 'on' | { readonly auto: number };
  /** What a zone may publish in one window, in bytes. */
  readonly bytes: number;
  readonly windowMs: number;
}

/** No limit; with it, 1 MB every 30 s. */
export const rateLimitOff: RateLimitOptions = { mode: 'off', bytes: 1_048_576, windowMs: 30_000 };

interface Window {
  startedMs: number;
  bytes: number;
}

/** See the head of this file. One budget for all topics and both protocols of a zone. */
export class RateLimit {
  options: RateLimitOptions;
  readonly #windows = new Map<string, Window>();

  readonly #now: () => number;

  /** @param now the time in milliseconds; other than the process's own only in tests. */
  constructor(options: RateLimitOptions, now: () => number = () => performance.now()) {
    this.options = options;
    this.#now = now;
  }

  /** Takes a message's bytes off the budget of its zone; `false`: there is not enough left of it. */
  take(zone: string, bytes: number): boolean {
    const now = this.#now();
    const window = this.#windowOf(zone, now);
    if (this.#isOn(now) && window.bytes + bytes > this.options.bytes) return false;
    window.bytes += bytes;
    return true;
  }

  #isOn(now: number): boolean {
    const { mode, windowMs } = this.options;
    if (mode === 'on' || mode === 'off') return mode === 'on';
    const active = [...this.#windows.values()].filter(({ startedMs }) => now - startedMs < windowMs);
    return active.length > mode.auto;
  }

  #windowOf(zone: string, now: number): Window {
    const known = this.#windows.get(zone);
    if (known !== undefined && now - known.startedMs < this.options.windowMs) return known;
    const window = { startedMs: now, bytes: 0 };
    this.#windows.set(zone, window);
    return window;
  }
}
