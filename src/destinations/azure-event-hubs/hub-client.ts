/** One way into a hub: one transport, one credential. `AzureHub` decides which one is used. */
import type { Batch } from '../../delivery/destination.js';

/** Every method rejects with a `SendError`. */
export interface HubClient<B extends Pick<Batch, 'tryAdd'> = Pick<Batch, 'tryAdd'>> {
  /** Connects, proves the credential, and learns the partitions. */
  open(signal: AbortSignal): Promise<readonly string[]>;
  /** Makes an empty batch for a partition. */
  createBatch(partitionId: string, signal: AbortSignal): Promise<B>;
  /** Sends a batch that this client has made. */
  send(batch: B, signal: AbortSignal): Promise<void>;
  /** Never rejects. */
  close(): Promise<void>;
}
