/** The demo's reader of a zone, which subscribes anew after each failure, and how far it has got. */
import type { PredixAccess } from '../demo/predix-access.js';
import type { ReadEvent, Reader } from '../demo/reader.js';
import type { StageReader } from './fault.js';

/** See the head of this file. */
export class ZoneReader implements StageReader {
  readonly #access: Pick<PredixAccess, 'read' | 'service'>;
  readonly #zone: string;
  readonly #onEvent: (event: ReadEvent) => void;
  /** By partition, the offset of the last message that was read. */
  readonly #positions = new Map<string, number>();
  #reader: Reader | undefined;

  /** @param onEvent called with each message once, in order per partition */
  constructor(
    access: Pick<PredixAccess, 'read' | 'service'>,
    zone: string,
    onEvent: (event: ReadEvent) => void,
  ) {
    this.#access = access;
    this.#zone = zone;
    this.#onEvent = onEvent;
  }

  get hasReadAll(): boolean {
    const { partitions } = this.#access.service.topic(this.#zone);
    return partitions.every(({ index, nextOffset }) => this.#positionOf(String(index)) >= nextOffset - 1);
  }

  begin(): void {
    this.#reader = this.#access.read(this.#zone, (event) => {
      this.#positions.set(event.partitionId, event.sequenceNumber);
      this.#onEvent(event);
    });
  }

  async close(): Promise<void> {
    await this.#reader?.close();
  }

  #positionOf(partitionId: string): number {
    return this.#positions.get(partitionId) ?? -1;
  }
}
