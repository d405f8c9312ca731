/**
 * All lanes of one destination. Opens the destination, keeping what comes meanwhile, and gives each delivery to
 * the lane of its partition. The only owner of the retry of opening.
 */

import { type BackoffOptions, backoffMs, wait } from '../backoff.js';
import { asSendError } from '../errors.js';
import type { Delivery } from './delivery.js';
import type { Destination } from './destination.js';
import { Lane, type LaneObserver } from './lane.js';
import { NO_RELIEF, type Relief } from './relief.js';

/** How a delivery finds its lane: all events of a source in one, or each event in the next. */
export type PartitionBy = 'source' | 'none';

/** See the head of this file. */
export class Lanes {
  #destination: Destination;
  readonly #partitionBy: PartitionBy;
  readonly #observer: LaneObserver;
  readonly #backoff: BackoffOptions;
  readonly #relief: Relief;
  readonly #abort = new AbortController();
  #partitionIds: readonly string[] = [];
  #lanes = new Map<string, Lane>();
  #unassigned: Delivery[] = [];
  #opening: Promise<void> = Promise.resolve();
  #failedOpenings = 0;
  #turn = 0;

  constructor(options: {
    destination: Destination;
    partitionBy: PartitionBy;
    observer: LaneObserver;
    backoff: BackoffOptions;
    relief?: Relief;
  }) {
    this.#relief = options.relief ?? NO_RELIEF;
    this.#destination = options.destination;
    this.#partitionBy = options.partitionBy;
    this.#observer = options.observer;
    this.#backoff = options.backoff;
  }

  /** Begins to open the destination; tries without end until it succeeds or `abort` is called. */
  start(): void {
    this.#opening = this.#open();
  }

  /** The destination's partitions; none as long as it is not open. */
  get partitionIds(): readonly string[] {
    return this.#partitionIds;
  }

  /** Whether the destination's partitions are known. */
  get isOpen(): boolean {
    return this.#lanes.size > 0;
  }

  /** Whether the hub cannot be opened, or does not take what some lane has for it. */
  get isStuck(): boolean {
    if (!this.isOpen) return this.#failedOpenings > 0;
    return [...this.#lanes.values()].some((lane) => lane.isStuck);
  }

  /** Gives a delivery to its lane, or keeps it until the lanes are there. The caller bounds how many. */
  enqueue(delivery: Delivery): void {
    if (this.#abort.signal.aborted) delivery.settle('abandoned');
    else if (this.isOpen) this.#assign(delivery);
    else if (!this.#relief.isOn || !this.#relief.take(delivery)) this.#unassigned.push(delivery);
  }

  /** Has deliveries taken off wherever they do not get on. */
  relieve(): void {
    this.#unassigned = this.#unassigned.filter((delivery) => !this.#relief.take(delivery));
    for (const lane of this.#lanes.values()) lane.relieve();
  }

  /**
   * Sends over another connection of the same hub from now on.
   * @param destination open already, with the same partitions
   * @returns resolves when nothing depends on the one before any more
   */
  async use(destination: Destination): Promise<void> {
    this.#destination = destination;
    const lanes = [...this.#lanes.values()];
    for (const lane of lanes) lane.use(destination);
    await Promise.all(lanes.map((lane) => lane.attempted()));
  }

  /** Abandons everything that is not in flight. */
  dropUnsent(): void {
    for (const delivery of this.#unassigned.splice(0)) delivery.settle('abandoned');
    for (const lane of this.#lanes.values()) lane.dropUnsent();
  }

  /** Resolves when nothing is queued or in flight any more, or after `abort`. Never rejects. */
  async drained(): Promise<void> {
    if (this.#unassigned.length > 0) await this.#opening;
    await Promise.all([...this.#lanes.values()].map((lane) => lane.drained()));
  }

  /** Stops all lanes for good; what is not delivered is abandoned. The destination stays the caller's to close. */
  abort(): void {
    this.#abort.abort();
    this.dropUnsent();
    for (const lane of this.#lanes.values()) lane.abort();
  }

  async #open(): Promise<void> {
    for (let attempt = 1; !this.#abort.signal.aborted; attempt++) {
      try {
        this.#partitionIds = await this.#destination.open(this.#abort.signal);
        this.#makeLanes();
        if (attempt > 1) this.#observer.recovered('all');
        return;
      } catch (thrown) {
        await this.#waitAfter(thrown, attempt);
      }
    }
  }

  #makeLanes(): void {
    if (this.#abort.signal.aborted) return;
    const shared = {
      destination: this.#destination,
      observer: this.#observer,
      backoff: this.#backoff,
      relief: this.#relief,
    };
    this.#lanes = new Map(this.#partitionIds.map((id) => [id, new Lane({ partitionId: id, ...shared })]));
    for (const delivery of this.#unassigned.splice(0)) this.#assign(delivery);
  }

  async #waitAfter(thrown: unknown, attempt: number): Promise<void> {
    if (this.#abort.signal.aborted) return;
    const failure = asSendError(thrown);
    this.#failedOpenings = attempt;
    this.#observer.failed(failure, 'all', attempt);
    await wait(Math.max(backoffMs(attempt, this.#backoff), failure.minimumWaitMs), this.#abort.signal);
  }

  #assign(delivery: Delivery): void {
    const lane = this.#lanes.get(this.#partitionOf(delivery));
    if (lane === undefined) throw new Error('the destination named a partition that it does not have');
    lane.enqueue(delivery);
  }

  #partitionOf(delivery: Delivery): string {
    if (this.#partitionBy === 'source') {
      return this.#destination.partitionFor(delivery.event.partitionKey, this.#partitionIds);
    }
    this.#turn = (this.#turn + 1) % this.#partitionIds.length;
    return this.#partitionIds[this.#turn] ?? '';
  }
}
