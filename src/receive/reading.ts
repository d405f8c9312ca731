/**
 * One run of the reader: opens the hub, hands events on, ends in order.
 *
 * A partition's place moves only when its events have left this process, and only places become checkpoints. So
 * whatever happens, no event is missed; what was read since the last checkpoint can be read again.
 */
import type { EventHubConsumerClient, Subscription } from '@azure/event-hubs';
import { wait } from '../backoff.js';
import type { Checkpoints } from './checkpoints.js';
import { EventCounter } from './event-counter.js';
import type { Counts, PartitionFigures } from './figures.js';
import { askForExtents } from './hub-reader.js';
import { OutputClosed } from './line-output.js';
import { type OpenedHub, openHub } from './open-hub.js';
import type { ReadingOptions } from './options.js';
import { type EventOutput, PartitionEvents } from './partition-events.js';
import type { Positions } from './positions.js';

/** How long an orderly end may take, in milliseconds. */
const STOP_MS = 10_000;

/** The SDK notices a lost connection when this wait is over, in seconds. */
const LOOK_UP_SECONDS = 1;
const BATCH_EVENTS = 500;

/** How a run ended. */
export interface Ending {
  /** Whether the checkpoint store has everything that was shown; `undefined` without a store. */
  readonly isStored: boolean | undefined;
}

/** See the head of this file. */
export class Reading {
  readonly partitionIds: readonly string[];
  readonly #options: ReadingOptions;
  readonly #client: EventHubConsumerClient;
  readonly #positions: Positions;
  readonly #checkpoints: Checkpoints | undefined;
  readonly #events: PartitionEvents;
  readonly #counter: EventCounter;
  readonly #ended: AbortController;
  #failure: Error | undefined;

  private constructor(hub: OpenedHub, options: ReadingOptions, output: EventOutput) {
    this.#options = options;
    this.#client = hub.client;
    this.#positions = hub.positions;
    this.#checkpoints = hub.checkpoints;
    this.partitionIds = hub.partitionIds;
    this.#counter = new EventCounter(options);
    this.#ended = new AbortController();
    this.#events = new PartitionEvents({
      options,
      positions: hub.positions,
      counter: this.#counter,
      output,
      ended: this.#ended.signal,
      end: (failure) => this.#end(failure),
    });
  }

  /**
   * Opens the hub and the checkpoint store.
   * @param options what to read
   * @param output where the events go
   * @param signal gives up
   * @throws ReceiveError when a setting does not fit the hub or the storage
   */
  static async open(options: ReadingOptions, output: EventOutput, signal: AbortSignal): Promise<Reading> {
    return new Reading(await openHub(options, output.notice, signal), options, output);
  }

  /**
   * Reads until the signal, the last event asked for, or a failure; ends in order.
   * @param signal ends reading
   * @throws what made it end before it was told to
   */
  async run(signal: AbortSignal): Promise<Ending> {
    const stop = (): void => this.#end(undefined);
    signal.addEventListener('abort', stop);
    if (signal.aborted || this.#counter.isEnough) stop();
    const subscriptions = this.#ended.signal.aborted ? [] : this.#subscribe();
    this.#checkpoints?.start(this.#options.checkpointEveryMs);
    await untilAborted(this.#ended.signal);
    signal.removeEventListener('abort', stop);
    const isStored = await this.#stop(subscriptions);
    // Whoever reads the output has enough: that is how it is meant to end.
    if (this.#failure !== undefined && !(this.#failure instanceof OutputClosed)) throw this.#failure;
    return { isStored };
  }

  /** Counted since the start. */
  get counts(): Counts {
    return this.#counter.counts;
  }

  /** Asks the hub how far it is, for the partitions that this process reads now. */
  async figures(signal: AbortSignal): Promise<readonly PartitionFigures[]> {
    const { ours } = this.#positions;
    if (ours.length === 0) return [];
    const partitionIds = [...ours].sort((one, other) => Number(one) - Number(other));
    const asked = await askForExtents(this.#client, { ...this.#options, partitionIds }, signal).catch(
      () => [],
    );
    return partitionIds.map((partitionId) => {
      const read = this.#positions.readUpTo(partitionId);
      const last = asked.find((extent) => extent.partitionId === partitionId)?.lastEnqueuedSequenceNumber;
      // Events may have come in after the hub answered, and have been read already.
      const lag = read === undefined || last === undefined ? undefined : Math.max(0, last - read);
      return { partitionId, read, lag };
    });
  }

  #subscribe(): readonly Subscription[] {
    const options = {
      startPosition: this.#positions.startPositions,
      maxBatchSize: BATCH_EVENTS,
      maxWaitTimeInSeconds: LOOK_UP_SECONDS,
      skipParsingBodyAsJson: true,
    };
    const { partitionIds } = this.#options;
    if (partitionIds.length === 0) return [this.#client.subscribe(this.#events, options)];
    return partitionIds.map((partitionId) => this.#client.subscribe(partitionId, this.#events, options));
  }

  #end(failure: Error | undefined): void {
    this.#failure ??= failure;
    this.#ended.abort();
  }

  /** What is being handed on, then the last checkpoint, and only then the partitions for others to take. */
  async #stop(subscriptions: readonly Subscription[]): Promise<boolean | undefined> {
    const deadline = new AbortController();
    let isStored = this.#checkpoints === undefined ? undefined : false;
    const stopped = (async () => {
      await this.#events.idle();
      isStored = await this.#checkpoints?.stop();
      await Promise.allSettled(subscriptions.map((each) => each.close()));
      await this.#client.close().catch(() => undefined);
    })();
    await Promise.race([stopped.finally(() => deadline.abort()), wait(STOP_MS, deadline.signal)]);
    return isStored;
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
