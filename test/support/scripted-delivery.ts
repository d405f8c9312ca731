/** Deliveries that record how often and how they were settled, and an observer that records what a lane reports. */
import type { Delivery, Outcome } from '../../src/delivery/delivery.js';
import type { Lane } from '../../src/delivery/lane.js';
import type { LanesObserver } from '../../src/delivery/lane-observer.js';
import type { SendError } from '../../src/errors.js';
import type { HubEvent } from '../../src/mapping/hub-event.js';
import type { Rejection } from '../../src/mapping/rejection.js';

/**
 * Makes a hub event.
 * @param messageId its id, which is also the text of its body
 * @param partitionKey its source
 * @param bytes length of the body; the text is padded to it
 */
export function scriptedEvent(messageId: string, partitionKey = '111', bytes = 0): HubEvent {
  return {
    messageId,
    partitionKey,
    contentType: 'application/json',
    body: Buffer.from(JSON.stringify({ id: messageId }).padEnd(bytes)),
    properties: { tenant: 't1', api: 'events', source: partitionKey, action: 'CREATE', subscription: 's' },
  };
}

/** A delivery that records each call of `settle`. */
export class ScriptedDelivery implements Delivery {
  readonly event: HubEvent;
  readonly outcomes: Outcome[] = [];
  /** Called with each outcome. */
  onSettled: (outcome: Outcome) => void = () => undefined;

  constructor(messageId: string, partitionKey?: string, bytes?: number) {
    this.event = scriptedEvent(messageId, partitionKey, bytes);
  }

  settle(outcome: Outcome): void {
    this.outcomes.push(outcome);
    this.onSettled(outcome);
  }
}

/** Makes one delivery per id. */
export function scriptedDeliveries(...messageIds: readonly string[]): ScriptedDelivery[] {
  return messageIds.map((messageId) => new ScriptedDelivery(messageId));
}

/** Records what a lane reports. */
export class ScriptedObserver implements LanesObserver {
  readonly sentEvents: number[] = [];
  readonly failures: { condition: string; partitionId: string; attempt: number }[] = [];
  readonly rejections: { messageId: string; reason: string }[] = [];
  /** Ids of events that were sent in a smaller form, with its properties. */
  readonly shrinkings: { messageId: string; properties: HubEvent['properties'] }[] = [];
  readonly recoveries: string[] = [];
  /** How many partitions there were, and are. */
  readonly moves: (readonly [before: number, now: number])[] = [];
  #onFailed: () => void = () => undefined;

  /** Resolves at the next failure, while the lane has just begun to wait. */
  nextFailure(): Promise<void> {
    return new Promise((resolve) => {
      this.#onFailed = resolve;
    });
  }

  sent(events: number): void {
    this.sentEvents.push(events);
  }

  failed({ condition }: SendError, partitionId: string, attempt: number): void {
    this.failures.push({ condition, partitionId, attempt });
    this.#onFailed();
  }

  rejected({ messageId }: HubEvent, { reason }: Rejection): void {
    this.rejections.push({ messageId, reason });
  }

  shrunk({ messageId }: HubEvent, { properties }: HubEvent): void {
    this.shrinkings.push({ messageId, properties });
  }

  partitionsChanged(before: number, now: number): void {
    this.moves.push([before, now]);
  }

  recovered(partitionId: string): void {
    this.recoveries.push(partitionId);
  }
}

/** Gives deliveries to a lane, in order. */
export function enqueue(lane: Lane, deliveries: readonly ScriptedDelivery[]): void {
  for (const delivery of deliveries) lane.enqueue(delivery);
}

/** What each delivery was settled with. */
export function outcomes(deliveries: readonly ScriptedDelivery[]): readonly (readonly string[])[] {
  return deliveries.map((delivery) => delivery.outcomes);
}
