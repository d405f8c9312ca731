/** Times and limits of forwarding. Constants in production; tests pass shorter ones. */
import type { BackoffOptions } from '../backoff.js';
import type { DeadLetterTiming } from '../delivery/dead-letters.js';
import type { InFlightLimits } from '../delivery/in-flight.js';
import { PARTITION_WATCH, type PartitionWatchTiming } from '../delivery/partition-watch.js';
import { PREDIX_TIMING, type PredixTiming } from '../destinations/predix-event-hub/timing.js';
import type { ConsumerTiming } from '../notifications/consumer.js';
import type { ReplayTiming } from '../replay/gap-replay.js';
import type { BacklogTiming } from './route-backlog.js';
import type { TopicWatchTiming } from './topic-watch.js';

/** Times of what is written into a tenant's connector object. */
export interface ConnectorTiming {
  /** From one writing of this copy's record to the next. */
  readonly heartbeatMs: number;
  /** The least time from one change of an alarm's text to the next. */
  readonly alarmMs: number;
  /** From one question for the platform's own figures of a topic to the next. */
  readonly figuresMs: number;
  /** How long each of the last writings of a run may take. */
  readonly lastWordMs: number;
  /** Waits after a request that failed. */
  readonly backoff: BackoffOptions;
}

/** Times in milliseconds. */
export interface ForwardingTiming {
  readonly consumer: ConsumerTiming;
  readonly hubBackoff: BackoffOptions;
  /** When a hub is asked whether it still has the same partitions. */
  readonly partitionWatch: PartitionWatchTiming;
  /** Of connections to Predix Event Hubs. */
  readonly predix: PredixTiming;
  readonly deadLetters: DeadLetterTiming;
  readonly inFlight: InFlightLimits;
  /** How long a route that is changed or switched off waits for the hub to take what was read. */
  readonly changeMs: number;
  readonly backlog: BacklogTiming;
  readonly topic: TopicWatchTiming;
  readonly replay: ReplayTiming;
  readonly connector: ConnectorTiming;
  /** How soon a first reading of the options is tried again. */
  readonly optionsBackoff: BackoffOptions;
}

/** What the service runs with. */
export const FORWARDING_TIMING: ForwardingTiming = {
  consumer: {
    handshakeMs: 30_000,
    pingMs: 15_000,
    closeMs: 1000,
    backoff: { firstMs: 500, longestMs: 15_000 },
    conflictMs: 1000,
  },
  hubBackoff: { firstMs: 200, longestMs: 5000 },
  partitionWatch: PARTITION_WATCH,
  predix: PREDIX_TIMING,
  // Longer than what the transport `auto` waits until it tries the other way (5 s).
  deadLetters: { attemptMs: 8000, backoff: { firstMs: 1000, longestMs: 60_000 } },
  // Twice the platform's window of 1000, so that the byte limit is the one that pauses the socket.
  inFlight: { notifications: 2000, bytes: 32 * 1024 * 1024, remembered: 2048 },
  changeMs: 5000,
  backlog: {
    tickMs: 1000,
    rate: { sampleMs: 30_000, keepMs: 60 * 60 * 1000 },
    idleMs: 1000,
    gapPauseMs: 250,
  },
  topic: { activationMs: 5000, patienceMs: 30_000 },
  replay: {
    perSecond: 500,
    outstanding: 200,
    outstandingBytes: 4 * 1024 * 1024,
    giveWayMs: 200,
    saveMs: 5000,
    backoff: { firstMs: 1000, longestMs: 30_000 },
  },
  connector: {
    heartbeatMs: 60_000,
    alarmMs: 60_000,
    figuresMs: 30_000,
    lastWordMs: 1000,
    backoff: { firstMs: 1000, longestMs: 30_000 },
  },
  optionsBackoff: { firstMs: 1000, longestMs: 30_000 },
};
