/**
 * What time it is at Cumulocity. Whatever is compared with times that Cumulocity has stored, or is read by another
 * run or copy of the service, is taken from here: the clock of a machine can be wrong, and can jump.
 *
 * Told by the header `Date` of its answers (RFC 9110, section 6.6.1), which is cut off to a second, and kept between
 * two answers by a clock that only goes forward. So the time is known within bounds, and whoever asks has to say
 * which of them is the safe one. Before the first answer, both are this machine's time.
 */

const SECOND_MS = 1000;

/** See the head of this file. */
export class PlatformClock {
  /** What to add to `performance.now()`. */
  #least: number | undefined;
  #most: number | undefined;

  /** The earliest that it can be now, in milliseconds since 1970. */
  get earliest(): number {
    return this.#least === undefined ? Date.now() : performance.now() + this.#least;
  }

  /** The latest that it can be now, in milliseconds since 1970. */
  get latest(): number {
    return this.#most === undefined ? Date.now() : performance.now() + this.#most;
  }

  /**
   * Learns from an answer.
   * @param date the header; anything that is no date teaches nothing
   * @param sentAt when the request was sent, and when the answer came: of `performance.now()`
   */
  learn(date: string | null, sentAt: number, receivedAt: number): void {
    const ms = date === null ? Number.NaN : Date.parse(date);
    if (Number.isNaN(ms)) return;
    this.#least = ms - receivedAt;
    this.#most = ms + SECOND_MS - sentAt;
  }
}
