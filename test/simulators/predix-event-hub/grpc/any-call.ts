/** What the calls of all methods have in common. */
import type { Metadata } from '@grpc/grpc-js';

/** A call that sends a stream to its client. */
export interface AnyCall {
  readonly metadata: Metadata;
  readonly cancelled: boolean;
  once(event: 'cancelled', listener: () => void): unknown;
  emit(event: 'error', failure: { code: number; details: string }): boolean;
}
