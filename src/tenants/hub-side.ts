/**
 * A route's side towards its event hub: the lanes over the connection that is in use, what becomes of events that
 * the hub does not take, and the counts of all of it.
 */
import type { DeadLetters } from '../delivery/dead-letters.js';
import type { Delivery } from '../delivery/delivery.js';
import { Lanes } from '../delivery/lanes.js';
import type { Relief } from '../delivery/relief.js';
import type { HubPool, SharedHub } from '../destinations/hub-pool.js';
import { type Log, redact } from '../log.js';
import { deadLetterHub, deadLettersOf, replacementsOf } from './rejected-events.js';
import type { RouteCounts } from './route-counts.js';
import { type HubFailure, type RecorderOptions, RouteRecorder } from './route-status.js';
import type { RouteOptions } from './tenant-options.js';
import type { ForwardingTiming } from './timing.js';

/** How the hub does. */
export type HubSideStatus = SharedHub['way'] & {
  readonly isOpen: boolean;
  /** How many partitions the hub has; 0 as long as it is not open. */
  readonly partitions: number;
  readonly failure: HubFailure | undefined;
};

/** What the side towards the hub is made of. */
export interface HubSideParts extends Pick<RecorderOptions, 'onRejected'> {
  readonly options: RouteOptions;
  readonly destination: SharedHub;
  /** Gives the connection to the dead-letter hub, when that is needed. */
  readonly hubs: HubPool;
  readonly relief: Relief;
  readonly timing: ForwardingTiming;
  readonly log: Log;
}

/** See the head of this file. */
export class HubSide {
  readonly #parts: HubSideParts;
  readonly #recorder: RouteRecorder;
  readonly #deadLetters: DeadLetters | undefined;
  readonly #lanes: Lanes;
  #destination: SharedHub;

  constructor(parts: HubSideParts) {
    const { options, destination, hubs, relief, timing, log, onRejected } = parts;
    this.#parts = parts;
    this.#destination = destination;
    this.#recorder = new RouteRecorder(log, onRejected === undefined ? {} : { onRejected });
    this.#deadLetters = deadLettersOf(options, hubs, timing);
    this.#lanes = new Lanes({
      destination,
      partitionBy: options.partitionBy,
      observer: this.#recorder,
      backoff: timing.hubBackoff,
      relief,
      replacements: replacementsOf(options, this.#deadLetters),
      partitionWatch: timing.partitionWatch,
    });
  }

  get status(): HubSideStatus {
    return {
      ...this.#destination.way,
      isOpen: this.#lanes.isOpen,
      partitions: this.#lanes.partitionIds.length,
      failure: this.#recorder.failure,
    };
  }

  /** What the route counts, of its other side too. */
  get counts(): RouteCounts {
    return this.#recorder.counts;
  }

  /** Why the hub refuses the service, if it does for good. */
  get refusal(): string | undefined {
    const { way } = this.#destination;
    return 'refusal' in way && way.refusal !== undefined ? redact(way.refusal) : undefined;
  }

  /** Whether the hub does not take what there is for it. */
  get isStuck(): boolean {
    return this.#lanes.isStuck;
  }

  /** Begins to open the hub. */
  start(): void {
    this.#lanes.start();
  }

  /** Gives a delivery to its lane. The caller bounds how many. */
  enqueue(delivery: Delivery): void {
    this.#lanes.enqueue(delivery);
  }

  /** Has deliveries taken off wherever they do not get on. */
  relieve(): void {
    this.#lanes.relieve();
  }

  /** Abandons everything that is not in flight. */
  dropUnsent(): void {
    this.#lanes.dropUnsent();
  }

  /**
   * Takes over another way into the same hub, such as a new key: opens it, which proves it, and switches only then.
   * Nothing is lost, repeated or reordered; what is with the hub finishes on the way before.
   * @param options the new options, which differ in nothing but that
   * @param destination the new way; closed with this side if this succeeds, the caller's to close if not
   * @throws SendError when the new way does not lead into the hub; the one before stays in use
   */
  async use(options: RouteOptions, destination: SharedHub, signal: AbortSignal): Promise<void> {
    const partitionIds = await destination.open(signal);
    const before = this.#destination;
    this.#destination = destination;
    await this.#lanes.use(destination, partitionIds);
    const connect = deadLetterHub(options, this.#parts.hubs);
    if (connect !== undefined) await this.#deadLetters?.use(connect);
    await before.close();
    this.#parts.log.info('connected anew to the event hub', { ...destination.way });
  }

  /** Resolves when nothing is queued or in flight any more, or after `abort`. Never rejects. */
  drained(): Promise<void> {
    return this.#lanes.drained();
  }

  /** Abandons everything, for good. */
  abort(): void {
    this.#lanes.abort();
  }

  /** Closes the connections. Never rejects. */
  async close(): Promise<void> {
    await this.#destination.close();
    await this.#deadLetters?.close();
  }
}
