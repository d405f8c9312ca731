/**
 * The independent reader of one hub, which outlives what is done to the hub: after each failure it begins anew
 * behind what it has read, so that it reads each event of a hub once, and it follows a hub that is made again.
 */
import type { LocalEventHubs } from '../../test/simulators/azure-event-hubs/local-event-hubs.js';
import { type ReadEvent, type Reader, readHub } from '../demo/reader.js';

/** What is read, and who is told. */
export interface HubReaderParts {
  readonly eventHubs: LocalEventHubs;
  readonly connectionString: string;
  readonly hubName: string;
  /** Called with each event, in order per partition. */
  readonly onEvent: (event: ReadEvent) => void;
}

const LOOK_MS = 500;
/** So long after a failure it begins anew, and so long without an event although there are more. */
const AGAIN_MS = 100;
const STUCK_MS = 3000;

/** One connection of the reader. What comes of one that was given up does not count. */
interface Session {
  reader: Reader | undefined;
}

/** See the head of this file. */
export class HubReader {
  readonly #parts: HubReaderParts;
  /** By partition, the sequence number of the last event that was read; -1 for none. */
  readonly #positions = new Map<string, number>();
  readonly #watch: NodeJS.Timeout;
  #session: Session | undefined;
  #again: NodeJS.Timeout | undefined;
  #lastEventAt = performance.now();

  constructor(parts: HubReaderParts) {
    this.#parts = parts;
    this.#watch = setInterval(() => this.#look(), LOOK_MS);
  }

  /** Whether everything that stands in the hub has been read; true while the hub is away. */
  get hasReadAll(): boolean {
    if (this.#positions.size === 0) return true;
    const { eventHubs, hubName } = this.#parts;
    const hub = eventHubs.hub(hubName);
    return [...this.#positions].every(([id, read]) => read >= hub.partition(id).lastSequenceNumber);
  }

  /** Begins to read a hub that is new. */
  begin(): void {
    const { eventHubs, hubName } = this.#parts;
    for (const id of eventHubs.hub(hubName).partitionIds) this.#positions.set(id, -1);
    this.#open();
  }

  /** Ends reading because the hub goes away; what is not read by now is never read. */
  end(): void {
    this.#positions.clear();
    this.#giveUp();
  }

  /** Closes in order. */
  async close(): Promise<void> {
    clearInterval(this.#watch);
    const session = this.#session;
    this.#giveUp(false);
    await session?.reader?.close();
  }

  #open(): void {
    const { connectionString, hubName } = this.#parts;
    const session: Session = { reader: undefined };
    this.#session = session;
    this.#lastEventAt = performance.now();
    session.reader = readHub(connectionString, hubName, (event) => this.#onEvent(session, event), {
      after: new Map(this.#positions),
      onFailure: () => this.#onFailure(session),
    });
  }

  #onEvent(session: Session, event: ReadEvent): void {
    if (session !== this.#session) return;
    this.#lastEventAt = performance.now();
    // The client's own repeats after a lost connection say nothing about the service.
    if (event.sequenceNumber <= (this.#positions.get(event.partitionId) ?? -1)) return;
    this.#positions.set(event.partitionId, event.sequenceNumber);
    this.#parts.onEvent(event);
  }

  #onFailure(session: Session): void {
    if (session !== this.#session) return;
    this.#giveUp();
    this.#again = setTimeout(() => this.#open(), AGAIN_MS);
  }

  #look(): void {
    const isStuck = performance.now() - this.#lastEventAt > STUCK_MS && !this.hasReadAll;
    if (isStuck && this.#session !== undefined) this.#onFailure(this.#session);
  }

  /** @param isClosed whether what is given up is closed here; nobody waits for it, as its peer may never answer */
  #giveUp(isClosed = true): void {
    clearTimeout(this.#again);
    const session = this.#session;
    this.#session = undefined;
    if (isClosed) session?.reader?.close().catch(() => undefined);
  }
}
