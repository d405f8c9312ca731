/** Where reading begins on a partition that has no checkpoint: the notation, and what it means to the SDK. */
import type { EventPosition } from '@azure/event-hubs';
import { ReceiveError, usageError } from './failures.js';
import type { Place } from './positions.js';

/** What `--from` says. Sequence number, offset and time include the event that they name. */
export type From =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'latest' }
  | { readonly kind: 'time'; readonly time: Date }
  | { readonly kind: 'sequence'; readonly sequenceNumber: number }
  | { readonly kind: 'offset'; readonly offset: string };

/** What is accepted, for messages and help. */
export const FROM_FORM =
  'earliest, latest, a time with its zone (2026-09-03T12:29:01Z), sequence:<number> or offset:<offset>';

const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d))?$/i;
const OFFSET = /^[\w.:@+/=-]{1,128}$/;

/**
 * Reads the notation.
 * @param text such as `sequence:120`
 * @throws ReceiveError
 */
export function parseFrom(text: string): From {
  if (text === 'earliest' || text === 'latest') return { kind: text };
  const [, kind, value = ''] = /^(sequence|offset):(.*)$/.exec(text) ?? [];
  if (kind === 'sequence' && /^\d{1,15}$/.test(value)) return { kind, sequenceNumber: Number(value) };
  if (kind === 'offset' && OFFSET.test(value)) return { kind, offset: value };
  const time = new Date(text);
  if (kind === undefined && TIME.test(text) && !Number.isNaN(time.getTime())) return { kind: 'time', time };
  throw usageError('--from', `given "${text}"`, FROM_FORM);
}

/** What a partition holds, as the hub says. */
export interface PartitionExtent {
  readonly partitionId: string;
  readonly beginningSequenceNumber: number;
  readonly lastEnqueuedSequenceNumber: number;
  readonly lastEnqueuedOffset: string;
  readonly isEmpty: boolean;
}

/**
 * The place behind the newest event. An SDK that is told `@latest` takes it anew after each lost connection and
 * so misses what came meanwhile; a place is good for ever, and can be a checkpoint.
 */
export function latestPlace({ lastEnqueuedSequenceNumber, lastEnqueuedOffset }: PartitionExtent): Place {
  // Before the first event there is no offset, and -1 means the beginning.
  if (lastEnqueuedSequenceNumber < 0) return { sequenceNumber: -1, offset: '-1' };
  return { sequenceNumber: lastEnqueuedSequenceNumber, offset: lastEnqueuedOffset };
}

/**
 * The position in the SDK's terms.
 * @param from what was asked for
 * @param extent what the partition holds
 * @throws ReceiveError when a sequence number lies beyond the end: the hub would refuse it or wait for it
 */
export function eventPosition(from: From, extent: PartitionExtent): EventPosition {
  switch (from.kind) {
    case 'earliest':
      return { offset: '-1' };
    case 'latest':
      return afterSequenceNumber(latestPlace(extent).sequenceNumber);
    case 'time':
      // The SDK knows only "later than" for times.
      return { enqueuedOn: from.time.getTime() - 1 };
    case 'offset':
      return { offset: from.offset, isInclusive: true };
    case 'sequence':
      checkWithin(from.sequenceNumber, extent);
      return afterSequenceNumber(from.sequenceNumber - 1);
  }
}

/** The sequence number before the first event that will be read; `undefined` when only the hub knows. */
export function sequenceNumberBefore(from: From, extent: PartitionExtent): number | undefined {
  if (extent.isEmpty || from.kind === 'latest') return extent.lastEnqueuedSequenceNumber;
  if (from.kind === 'earliest') return extent.beginningSequenceNumber - 1;
  return from.kind === 'sequence' ? from.sequenceNumber - 1 : undefined;
}

function afterSequenceNumber(sequenceNumber: number): EventPosition {
  return sequenceNumber < 0 ? { offset: '-1' } : { sequenceNumber, isInclusive: false };
}

function checkWithin(sequenceNumber: number, extent: PartitionExtent): void {
  const { partitionId, beginningSequenceNumber: first, lastEnqueuedSequenceNumber: last } = extent;
  if (sequenceNumber <= last + 1) return;
  const problem = {
    key: '--from',
    given: `sequence:${sequenceNumber}, which partition ${partitionId} has not reached`,
    accepted: `on partition ${partitionId}: ${first} to ${last + 1}`,
  };
  const next = 'sequence numbers count for each partition by itself: choose one partition with --partition';
  throw new ReceiveError('RECEIVE_FAILED', problem, next);
}
