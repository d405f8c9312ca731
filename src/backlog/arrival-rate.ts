/**
 * How fast notifications arrive at most. The peak counts, not the mean: what is asked is how soon a topic can be
 * full. Only times count in which everything that arrived was read at once; otherwise the rate says how fast this
 * process reads.
 */

/** Time over which a rate is taken, and time for which a peak is kept at least, in milliseconds. */
export interface RateWindows {
  readonly sampleMs: number;
  readonly keepMs: number;
}

/** A rate of less time than this says nothing. */
const LEAST_SAMPLE_MS = 1000;

/** See the head of this file. */
export class ArrivalRate {
  readonly #windows: RateWindows;
  #sampleBytes = 0;
  #sampledMs = 0;
  /** The peaks of this and of the last time of keeping. */
  #peak = 0;
  #formerPeak = 0;
  #keptMs = 0;

  /** @param windows see {@link RateWindows} */
  constructor(windows: RateWindows) {
    this.#windows = windows;
  }

  /** Bytes per second; 0 when nothing is known. */
  get peak(): number {
    const known = Math.max(this.#peak, this.#formerPeak);
    return known > 0 ? known : this.#perSecond(LEAST_SAMPLE_MS);
  }

  /** Takes over a peak that is known from elsewhere, if it is higher. */
  learn(bytesPerSecond: number): void {
    this.#formerPeak = Math.max(this.#formerPeak, bytesPerSecond);
  }

  /**
   * Notes what arrived.
   * @param bytes how much
   * @param ms in which time
   */
  add(bytes: number, ms: number): void {
    this.#sampleBytes += bytes;
    this.#sampledMs += ms;
    this.#keptMs += ms;
    if (this.#sampledMs >= this.#windows.sampleMs) {
      this.#peak = Math.max(this.#peak, this.#perSecond(0));
      this.#sampleBytes = 0;
      this.#sampledMs = 0;
    }
    if (this.#keptMs < this.#windows.keepMs) return;
    this.#formerPeak = this.#peak;
    this.#peak = 0;
    this.#keptMs = 0;
  }

  /** Ends the sample that is under way: what follows does not count. */
  interrupt(): void {
    // The beginning of a sample is better than nothing; of one that has hardly begun it would say too much.
    if (Math.max(this.#peak, this.#formerPeak) === 0) this.#formerPeak = this.peak;
    this.#sampleBytes = 0;
    this.#sampledMs = 0;
  }

  #perSecond(leastMs: number): number {
    return (this.#sampleBytes / Math.max(this.#sampledMs, leastMs, 1)) * 1000;
  }
}
