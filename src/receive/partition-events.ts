/** What the SDK calls while it reads: events, faults, and partitions that come and go. */
import type {
  CloseReason,
  MessagingError,
  PartitionContext,
  ReceivedEventData,
  SubscriptionEventHandlers,
} from '@azure/event-hubs';
import { backoffMs, wait } from '../backoff.js';
import { reasonOf } from '../errors.js';
import type { EventCounter } from './event-counter.js';
import type { ShownEvent } from './event-text.js';
import { hubFailure, withoutSecrets } from './failures.js';
import { FaultWatch, isTakeover } from './fault-watch.js';
import { namesOf } from './hub-reader.js';
import type { ReadingOptions } from './options.js';
import type { Positions } from './positions.js';

/** Where events and remarks go. */
export interface EventOutput {
  /** Shows an event. */
  show(event: ShownEvent, partitionId: string): void;
  /** Resolves when everything shown so far has left this process. */
  flush(): Promise<void>;
  /** Tells the person at the keyboard something that is no reason to stop. */
  notice(text: string): void;
}

/** What this needs of the rest. */
export interface PartitionEventsParts {
  readonly options: ReadingOptions;
  readonly positions: Positions;
  readonly counter: EventCounter;
  readonly output: EventOutput;
  /** Aborted when reading ends. */
  readonly ended: AbortSignal;
  /** Ends reading, well or with a failure. */
  readonly end: (failure: Error | undefined) => void;
}

const BACKOFF = { firstMs: 200, longestMs: 5000 };

/** See the head of this file. */
export class PartitionEvents implements SubscriptionEventHandlers {
  readonly #parts: PartitionEventsParts;
  readonly #faults = new FaultWatch();
  readonly #attempts = new Map<string, number>();
  readonly #underWay = new Set<Promise<void>>();

  constructor(parts: PartitionEventsParts) {
    this.#parts = parts;
  }

  /** Resolves when nothing is being handed on any more. */
  async idle(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  readonly processInitialize = async ({ partitionId }: PartitionContext): Promise<void> => {
    this.#parts.positions.begin(partitionId);
  };

  readonly processClose = async (_reason: CloseReason, { partitionId }: PartitionContext): Promise<void> => {
    // At the very end, too; the last checkpoint is written by then.
    this.#parts.positions.end(partitionId);
  };

  readonly processEvents = async (
    events: ReceivedEventData[],
    { partitionId }: PartitionContext,
  ): Promise<void> => {
    this.#recovered(partitionId);
    const handing = this.#handOn(events, partitionId).catch((thrown: unknown) => {
      this.#parts.end(thrown instanceof Error ? thrown : new Error(String(thrown)));
    });
    this.#underWay.add(handing);
    // The SDK gives the next events only after this: a slow output slows reading down.
    await handing.finally(() => this.#underWay.delete(handing));
  };

  readonly processError = async (
    error: Error | MessagingError,
    { partitionId }: PartitionContext,
  ): Promise<void> => {
    const { ended, end, options, output } = this.#parts;
    if (ended.aborted) return;
    if (this.#faults.isFatal(partitionId, error, this.#isShared)) {
      end(hubFailure(error, namesOf(options)));
      return;
    }
    if (isTakeover(error)) {
      output.notice(`partition ${partitionId} is read by another copy now`);
      return;
    }
    const attempt = (this.#attempts.get(partitionId) ?? 0) + 1;
    this.#attempts.set(partitionId, attempt);
    const where = partitionId === '' ? '' : `partition ${partitionId}: `;
    if (attempt === 1) output.notice(`${where}${withoutSecrets(reasonOf(error))}; trying again`);
    await wait(backoffMs(attempt, BACKOFF), ended);
  };

  /** Whether copies share the partitions, so that losing one is in order. */
  get #isShared(): boolean {
    const { checkpoints, partitionIds } = this.#parts.options;
    return checkpoints !== undefined && partitionIds.length === 0;
  }

  #recovered(partitionId: string): void {
    this.#faults.works(partitionId);
    if (this.#attempts.delete(partitionId)) {
      this.#parts.output.notice(`partition ${partitionId} is read again`);
    }
    this.#attempts.delete('');
  }

  async #handOn(events: readonly ReceivedEventData[], partitionId: string): Promise<void> {
    const { positions, counter, output, ended, end } = this.#parts;
    let last: ReceivedEventData | undefined;
    for (const event of events) {
      // Taken by another copy meanwhile: what is left is that one's.
      if (ended.aborted || !positions.isOurs(partitionId)) break;
      if (counter.take(event)) output.show(event, partitionId);
      last = event;
      if (counter.isEnough) end(undefined);
    }
    if (last === undefined) return;
    await output.flush();
    positions.moveTo(partitionId, last);
  }
}
