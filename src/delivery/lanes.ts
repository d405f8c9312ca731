/**
 * All lanes of one destination. Opens the destination, keeping what comes meanwhile, and gives each delivery to
 * the lane of its partition. The only owner of the retry of opening, and of the question whether the hub still has
 * the same partitions: it may be given more, or be deleted and made again. Its states are those of `lanes-state.ts`.
 */
import type { BackoffOptions } from '../backoff.js';
import type { Delivery } from './delivery.js';
import type { Destination } from './destination.js';
import { Lane } from './lane.js';
import type { LaneObserver, LanesObserver } from './lane-observer.js';
import { entryOf, LaneQueue, type QueueEntry } from './lane-queue.js';
import { type LanesState, nextLanesState } from './lanes-state.js';
import { PARTITION_WATCH, PartitionWatch, type PartitionWatchTiming } from './partition-watch.js';
import { NO_RELIEF, type Relief } from './relief.js';
import type { Replacements } from './replacements.js';
import { Retry } from './retry.js';

/** How a delivery finds its lane: all events of a source in one, or each event in the next. */
export type PartitionBy = 'source' | 'none';

/** What lanes are made of. */
export interface LanesParts {
  readonly destination: Destination;
  readonly partitionBy: PartitionBy;
  readonly observer: LanesObserver;
  readonly backoff: BackoffOptions;
  /** What becomes of events that the hub does not take; default: pointer events. */
  readonly replacements?: Replacements;
  /** When the hub is asked for its partitions again; default {@link PARTITION_WATCH}. */
  readonly partitionWatch?: PartitionWatchTiming;
  /** Takes deliveries off where they do not get on; default: nobody does. */
  readonly relief?: Relief;
}

/** See the head of this file. */
export class Lanes {
  readonly #parts: LanesParts;
  #destination: Destination;
  readonly #watch: PartitionWatch;
  readonly #relief: Relief;
  readonly #openRetry: Retry;
  readonly #abort = new AbortController();
  #state: LanesState = 'opening';
  #hasStarted = false;
  #partitionIds: readonly string[] = [];
  #lanes = new Map<string, Lane>();
  /** What comes while there are no lanes for it. */
  readonly #kept = new LaneQueue();
  #opening: Promise<void> = Promise.resolve();
  #moving: Promise<void> = Promise.resolve();
  #turn = 0;

  constructor(parts: LanesParts) {
    this.#parts = parts;
    this.#destination = parts.destination;
    this.#watch = new PartitionWatch(parts.partitionWatch ?? PARTITION_WATCH);
    this.#relief = parts.relief ?? NO_RELIEF;
    this.#openRetry = new Retry('all', parts.observer, parts.backoff);
  }

  /**
   * Begins to open the destination; tries without end until it succeeds or `abort` is called. Before that, what
   * comes is kept, and can be taken off as with a hub that cannot be opened.
   */
  start(): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    const { signal } = this.#abort;
    this.#opening = this.#open();
    void this.#opening.then(() => this.#watch.run(() => this.#lookAgain(), signal));
  }

  /** The destination's partitions; none as long as it is not open. */
  get partitionIds(): readonly string[] {
    return this.#partitionIds;
  }

  /** Whether the destination's partitions are known. */
  get isOpen(): boolean {
    return this.#lanes.size > 0;
  }

  /** Gives a delivery to its lane, or keeps it until the lanes are there. The caller bounds how many. */
  enqueue(delivery: Delivery): void {
    if (this.#state === 'open') this.#assign(entryOf(delivery));
    else if (this.#state === 'stopped') delivery.settle('abandoned');
    else if (!this.#isOpeningStuck || !this.#relief.take(delivery)) this.#kept.push(entryOf(delivery));
  }

  /** Whether the hub cannot or may not be opened, or does not take what some lane has for it. */
  get isStuck(): boolean {
    return this.#isOpeningStuck || [...this.#lanes.values()].some((lane) => lane.isStuck);
  }

  /** Has deliveries taken off wherever they do not get on. */
  relieve(): void {
    if (this.#isOpeningStuck) this.#kept.relieve(this.#relief, 0);
    for (const lane of this.#lanes.values()) lane.relieve();
  }

  get #isOpeningStuck(): boolean {
    return this.#state === 'opening' && (!this.#hasStarted || this.#openRetry.isFailing);
  }

  /**
   * Sends over another connection of the same hub from now on.
   * @param destination open already
   * @param partitionIds what that has shown; may be others than before
   * @returns resolves when nothing depends on the one before any more
   */
  async use(destination: Destination, partitionIds: readonly string[]): Promise<void> {
    this.#destination = destination;
    this.#openRetry.hurry();
    const attempts = [...this.#lanes.values()].map((lane) => {
      lane.use(destination);
      return lane.attempted();
    });
    await this.#change(partitionIds);
    await Promise.all(attempts);
  }

  /** Abandons everything that is not in flight. */
  dropUnsent(): void {
    this.#kept.drop();
    for (const lane of this.#lanes.values()) lane.dropUnsent();
  }

  /** Resolves when nothing is queued or in flight any more, or after `abort`. Never rejects. */
  async drained(): Promise<void> {
    do {
      if (!this.#kept.isEmpty && this.#state === 'opening') await this.#opening;
      await this.#moving;
      await Promise.all([...this.#lanes.values()].map((lane) => lane.drained()));
      // Lanes that were left have ended, and what was in them will be in others.
    } while (this.#state === 'moving');
  }

  /** Stops all lanes for good; what is not delivered is abandoned. The destination stays the caller's to close. */
  abort(): void {
    if (this.#state !== 'stopped') this.#enter('stopped');
    this.#abort.abort();
    this.dropUnsent();
    for (const lane of this.#lanes.values()) lane.abort();
  }

  async #open(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        const partitionIds = await this.#destination.open(signal);
        if (!signal.aborted) this.#makeLanes(partitionIds);
        this.#openRetry.succeeded();
        return;
      } catch (thrown) {
        if (!signal.aborted) await this.#openRetry.failed(thrown, signal);
      }
    }
  }

  /** Asks the hub for its partitions again. A failure says nothing: if there is something wrong, the lanes notice. */
  async #lookAgain(): Promise<void> {
    const destination = this.#destination;
    const partitionIds = await destination.open(this.#abort.signal).catch(() => undefined);
    if (partitionIds !== undefined && destination === this.#destination) await this.#change(partitionIds);
  }

  /** Changes follow one another. */
  #change(partitionIds: readonly string[]): Promise<void> {
    this.#moving = this.#moving.then(() => this.#move(partitionIds));
    return this.#moving;
  }

  async #move(partitionIds: readonly string[]): Promise<void> {
    const before = this.#partitionIds;
    if (this.#state !== 'open' || before.join() === partitionIds.join()) return;
    this.#enter('moving');
    const lanes = [...this.#lanes.values()];
    await Promise.all(lanes.map((lane) => lane.leave()));
    if (this.#abort.signal.aborted) return;
    // Until now, what is in the lanes could be dropped there.
    this.#kept.putBack(lanes.flatMap((lane) => lane.takeAll()));
    this.#makeLanes(partitionIds);
    this.#parts.observer.partitionsChanged(before.length, partitionIds.length);
  }

  #makeLanes(partitionIds: readonly string[]): void {
    const { backoff, replacements } = this.#parts;
    const shared = {
      ...{ destination: this.#destination, observer: this.#laneObserver(), backoff, replacements },
      relief: this.#relief,
    };
    this.#partitionIds = partitionIds;
    this.#lanes = new Map(partitionIds.map((id) => [id, new Lane({ partitionId: id, ...shared })]));
    this.#enter('open');
    for (const entry of this.#kept.takeAll()) this.#assign(entry);
  }

  /** Hears what the lanes report, and asks for the partitions where it may show that they are others. */
  #laneObserver(): LaneObserver {
    const { observer } = this.#parts;
    return {
      sent: (events, bytes) => observer.sent(events, bytes),
      shrunk: (event, smaller) => observer.shrunk(event, smaller),
      rejected: (event, rejection) => observer.rejected(event, rejection),
      failed: (failure, partitionId, attempt) => {
        observer.failed(failure, partitionId, attempt);
        if (failure.subject === 'place') this.#watch.soon();
      },
      recovered: (partitionId) => {
        observer.recovered(partitionId);
        this.#watch.soon();
      },
    };
  }

  #assign(entry: QueueEntry): void {
    const lane = this.#lanes.get(this.#partitionOf(entry.delivery));
    if (lane === undefined) throw new Error('the destination named a partition that it does not have');
    lane.take(entry);
  }

  #partitionOf({ event }: Delivery): string {
    if (this.#parts.partitionBy === 'source') {
      return this.#destination.partitionFor(event.partitionKey, this.#partitionIds);
    }
    this.#turn = (this.#turn + 1) % this.#partitionIds.length;
    return this.#partitionIds[this.#turn] ?? '';
  }

  #enter(next: LanesState): void {
    this.#state = nextLanesState(this.#state, next);
  }
}
