/** Everything that reading a Predix Event Hub can be told. */
import type { HostAndPort } from '../../destinations/predix-event-hub/forms.js';
import type { PredixSettings } from '../../destinations/predix-event-hub/hub-address.js';
import { PREDIX_TIMING, type PredixTiming } from '../../destinations/predix-event-hub/timing.js';
import type { EventFilter } from '../event-filter.js';

/** How messages come: one by one, one by one with acknowledgements, in batches with acknowledgements. */
export const MODES = ['receive', 'acks', 'batch'] as const;

/** One of {@link MODES}. */
export type Mode = (typeof MODES)[number];

/** Which Event Hub or which UAA, how it is reached and how to get in. */
export interface PredixConnection {
  readonly zoneId: string;
  /** Ends in `/oauth/token`. */
  readonly authUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly settings: PredixSettings;
}

/** When the service sends again what was not acknowledged. */
export interface RetryOptions {
  readonly afterSeconds: number;
  readonly intervalSeconds: number;
  readonly most: number;
}

/** How the service gathers messages. */
export interface BatchOptions {
  readonly size: number;
  readonly intervalMs: number;
  /** `true`: a batch comes when its size or the interval is reached; `false`: one an interval. */
  readonly isUnion: boolean;
}

/** Times in milliseconds. Constants outside tests. */
export interface PredixReadTiming
  extends Pick<PredixTiming, 'redial' | 'dialMs' | 'aliveMs' | 'renewMs' | 'closeMs'> {
  /** After so long without a message, a remark says what the reason may be. */
  readonly idleMs: number;
  /** How long an orderly end may take. */
  readonly stopMs: number;
}

/** What the command runs with. */
export const PREDIX_READ_TIMING: PredixReadTiming = { ...PREDIX_TIMING, idleMs: 60_000, stopMs: 10_000 };

/** What to read, from where, and how. */
export interface PredixReadingOptions {
  readonly connection: PredixConnection;
  readonly hub: HostAndPort;
  /** At least one. */
  readonly topics: readonly string[];
  /** The service keeps a position for each name; those of one name share the messages. */
  readonly subscriber: string;
  readonly mode: Mode;
  /** Whether a name that the service does not know yet begins behind all that is stored. */
  readonly isNewest: boolean;
  readonly retry: RetryOptions;
  readonly batch: BatchOptions;
  /** How often metric messages come; `undefined`: none do. */
  readonly metricsMinutes: number | undefined;
  /** End after so many events that were shown. */
  readonly max: number;
  readonly filter: EventFilter;
  /** Whether repeats are left out. */
  readonly isUnique: boolean;
  /** How many messageIds are remembered; 0: repeats are not looked for. */
  readonly rememberedIds: number;
  readonly timing: PredixReadTiming;
}
