/** Times of the connection to a Predix Event Hub, in milliseconds. Constants in production; tests pass shorter ones. */

/** How a throttled service is met. */
export interface ThrottleTiming {
  /** Over which the service counts what it takes (Predix contract, section 14). */
  readonly windowMs: number;
  /** What it takes at least in one window, in bytes. */
  readonly floorBytes: number;
}

/** When a lost stream is opened again (Predix contract, section 15). */
export interface RedialTiming {
  /** Waits before one attempt after the other; begins anew behind the last. */
  readonly lostMs: readonly number[];
  /** The wait after a refusal of credentials, scope or topic. */
  readonly refusedMs: number;
  /** After so many refusals in a row it rests. */
  readonly refusals: number;
  readonly restMs: number;
  /** A connection that was there for so long sets the waits back. */
  readonly steadyMs: number;
}

/** See the head of this file. */
export interface PredixTiming {
  readonly redial: RedialTiming;
  readonly throttle: ThrottleTiming;
  /** How long a connection may take to be there. */
  readonly dialMs: number;
  /** How long the service may take to answer for a message. */
  readonly answerMs: number;
  /** From one sign of life to the next: the service's proxy drops what is idle for a minute. */
  readonly aliveMs: number;
  /** A token is renewed so long before it ends. */
  readonly renewMs: number;
  /** How long an orderly close may take. */
  readonly closeMs: number;
}

/** What the service runs with. */
export const PREDIX_TIMING: PredixTiming = {
  redial: {
    lostMs: [10_000, 15_000, 30_000, 60_000, 180_000, 300_000],
    refusedMs: 60_000,
    refusals: 3,
    restMs: 30 * 60_000,
    steadyMs: 60_000,
  },
  throttle: { windowMs: 30_000, floorBytes: 1_048_576 },
  dialMs: 20_000,
  answerMs: 10_000,
  aliveMs: 30_000,
  renewMs: 60_000,
  closeMs: 2000,
};
