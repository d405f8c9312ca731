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

/** Of a sample that is cut short, this much time makes a rate; less time makes a guess. */
const SHORT_SAMPLE_MS = 5000;
/** In less time than this, what arrives at once would look like a flood. */
const LEAST_GUESS_MS = 1000;

/** See the head of this file. */
export class ArrivalRate {
  readonly #windows: RateWindows;
  #sampleBytes = 0;
  #sampledMs = 0;
  /** The peaks of this and of the last time of keeping. */
  #peak = 0;
  #formerPeak = 0;
  #keptMs = 0;
  /** What is taken for the peak as long as there was no sample. */
  #guess = 0;

  /** @param windows see {@link RateWindows} */
  constructor(windows: RateWindows) {
    this.#windows = windows;
  }

  /** Bytes per second; 0 when nothing is known. */
  get peak(): number {
    if (!this.isGuessed) return Math.max(this.#peak, this.#formerPeak);
    return Math.max(this.#guess, this.#perSecond(LEAST_GUESS_MS));
  }

  /** Whether there was no time yet in which the rate could be taken. */
  get isGuessed(): boolean {
    return Math.max(this.#peak, this.#formerPeak) === 0;
  }

  /** Takes a rate for the peak, if it is higher, until there is one. */
  guess(bytesPerSecond: number): void {
    this.#guess = Math.max(this.#guess, bytesPerSecond);
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
    if (this.#sampledMs >= this.#windows.sampleMs) this.#endSample();
    if (this.#keptMs < this.#windows.keepMs) return;
    this.#formerPeak = this.#peak;
    this.#peak = 0;
    this.#keptMs = 0;
  }

  /** Ends the sample that is under way: what follows does not count. */
  interrupt(): void {
    this.guess(this.#perSecond(LEAST_GUESS_MS));
    if (this.#sampledMs >= Math.min(SHORT_SAMPLE_MS, this.#windows.sampleMs)) this.#endSample();
    this.#sampleBytes = 0;
    this.#sampledMs = 0;
  }

  #endSample(): void {
    this.#peak = Math.max(this.#peak, this.#perSecond(0));
    this.#guess = 0;
    this.#sampleBytes = 0;
    this.#sampledMs = 0;
  }

  #perSecond(leastMs: number): number {
    return (this.#sampleBytes / Math.max(this.#sampledMs, leastMs, 1)) * 1000;
  }
}
