/** Everything that reading can be told. */
import type { ConnectionString } from '../destinations/azure-event-hubs/connection-string.js';
import type { BlobPlace } from './blob-checkpoint-store.js';
import type { EventFilter } from './event-filter.js';
import type { From } from './start-position.js';

/** The ways to a hub. */
export const TRANSPORTS = ['amqp', 'websocket'] as const;

/** Where checkpoints are kept. */
export type CheckpointPlace =
  | ({ readonly kind: 'blob' } & BlobPlace)
  | { readonly kind: 'file'; readonly path: string };

/** How copies share the partitions. */
export interface SharingTiming {
  /** How often each copy looks what the others have, in milliseconds. */
  readonly balanceMs: number;
  /** After this long without a sign of life the others take a copy's partitions, in milliseconds. */
  readonly expiryMs: number;
}

/** Well within what the service allows, and a killed copy is replaced within half a minute. */
export const SHARING_TIMING: SharingTiming = { balanceMs: 5000, expiryMs: 30_000 };

/** What to read, from where, and how. */
export interface ReadingOptions {
  readonly connection: ConnectionString;
  readonly hubName: string;
  readonly consumerGroup: string;
  readonly transport: (typeof TRANSPORTS)[number];
  /** Where partitions without a checkpoint begin. */
  readonly from: From;
  /** Only these; empty: all, shared with the copies that use the same checkpoints. */
  readonly partitionIds: readonly string[];
  /** End after so many events that were shown. */
  readonly max: number;
  readonly filter: EventFilter;
  /** Whether repeats are left out. */
  readonly isUnique: boolean;
  /** How many messageIds are remembered; 0: repeats are not looked for. */
  readonly rememberedIds: number;
  readonly checkpoints: CheckpointPlace | undefined;
  readonly checkpointEveryMs: number;
  readonly sharing: SharingTiming;
}
