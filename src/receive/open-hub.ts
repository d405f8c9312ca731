/** Everything that is found out before the first event is read. */
import type { CheckpointStore, EventHubConsumerClient } from '@azure/event-hubs';
import { openBlobStore } from './blob-checkpoint-store.js';
import { CheckpointFile } from './checkpoint-file.js';
import { Checkpoints, type ReaderNames } from './checkpoints.js';
import { ReceiveError } from './failures.js';
import { FileCheckpointStore } from './file-checkpoint-store.js';
import { askForExtents, createClient } from './hub-reader.js';
import type { CheckpointPlace, ReadingOptions } from './options.js';
import { Positions } from './positions.js';
import { ResumingStore } from './resuming-store.js';
import { eventPosition, latestPlace, type PartitionExtent, sequenceNumberBefore } from './start-position.js';

/** A hub that is ready to be read. */
export interface OpenedHub {
  readonly client: EventHubConsumerClient;
  readonly partitionIds: readonly string[];
  readonly positions: Positions;
  readonly checkpoints: Checkpoints | undefined;
}

/**
 * Opens the checkpoint store and the hub.
 * @param options what to read
 * @param notice told what is no reason to stop
 * @param signal gives up
 * @throws ReceiveError when a setting does not fit the hub or the storage
 */
export async function openHub(
  options: ReadingOptions,
  notice: (text: string) => void,
  signal: AbortSignal,
): Promise<OpenedHub> {
  const store = options.checkpoints === undefined ? undefined : await openStore(options.checkpoints, signal);
  const positions = new Positions();
  const latest = new Map<string, ReturnType<typeof latestPlace>>();
  const resuming = store === undefined ? undefined : new ResumingStore(store, positions, latest);
  const client = createClient(options, resuming);
  try {
    const names = readerNames(client, options);
    // Checkpoints first: one that another copy writes meanwhile cannot lie beyond the end that is asked for next.
    const stored = (await store?.listCheckpoints(...nameList(names))) ?? [];
    const extents = await askForExtents(client, options, signal);
    const ends = new Map(extents.map((extent) => [extent.partitionId, extent.lastEnqueuedSequenceNumber]));
    for (const checkpoint of stored) checkWithin(checkpoint, ends);
    for (const extent of extents) {
      const start = eventPosition(options.from, extent);
      positions.add(extent.partitionId, start, sequenceNumberBefore(options.from, extent));
      if (options.from.kind === 'latest') latest.set(extent.partitionId, latestPlace(extent));
    }
    if (resuming !== undefined && options.partitionIds.length > 0) await markStarts(resuming, names, extents);
    const checkpoints = resuming && new Checkpoints(resuming, names, positions, notice);
    return { client, partitionIds: extents.map(({ partitionId }) => partitionId), positions, checkpoints };
  } catch (thrown) {
    await client.close().catch(() => undefined);
    throw thrown;
  }
}

async function openStore(place: CheckpointPlace, signal: AbortSignal): Promise<CheckpointStore> {
  if (place.kind === 'blob') return openBlobStore(place, signal);
  const file = new CheckpointFile(place.path);
  await file.check();
  return new FileCheckpointStore(file);
}

/** As the SDK calls them, so that checkpoints written here are found by it. */
function readerNames(client: EventHubConsumerClient, { consumerGroup }: ReadingOptions): ReaderNames {
  const { fullyQualifiedNamespace, eventHubName } = client;
  return { fullyQualifiedNamespace, eventHubName, consumerGroup };
}

function nameList(names: ReaderNames): [string, string, string] {
  return [names.fullyQualifiedNamespace, names.eventHubName, names.consumerGroup];
}

/** Partitions that were named are not claimed, which is when it is done otherwise. */
async function markStarts(
  store: ResumingStore,
  names: ReaderNames,
  extents: readonly PartitionExtent[],
): Promise<void> {
  for (const { partitionId } of extents) await store.markStart({ ...names, partitionId });
}

/** The hub would refuse such a checkpoint, or wait without a word until it gets there. */
function checkWithin(
  { partitionId, sequenceNumber }: { readonly partitionId: string; readonly sequenceNumber: number },
  ends: ReadonlyMap<string, number>,
): void {
  const end = ends.get(partitionId);
  if (end === undefined || sequenceNumber <= end) return;
  const problem = {
    key: 'checkpoint',
    given: `partition ${partitionId} has one at sequence number ${sequenceNumber}, but its last event is ${end}`,
    accepted: 'checkpoints of this hub',
  };
  const next =
    'the hub was probably deleted and made anew: use another checkpoint place, or delete the old checkpoints';
  throw new ReceiveError('RECEIVE_FAILED', problem, next);
}
