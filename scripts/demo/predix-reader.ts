/**
 * The independent reader of a zone: a subscription of its own to the default topic, from the first message that is
 * kept, in batches, with an acknowledgement of each message (Predix contract, section 7).
 */
import { type ClientDuplexStream, credentials, Metadata } from '@grpc/grpc-js';
import { SubscriberClient, type WireMessage } from '../../test/simulators/predix-event-hub/protocol.js';
import type { ReadEvent, Reader } from './reader.js';

/** What is read, and with what right. */
export interface ZoneSource {
  /** Host and port. */
  readonly grpcUri: string;
  readonly zone: string;
  /** Certificate authority in PEM. */
  readonly ca: string;
  /** Gets a token for subscribing. */
  readonly token: () => Promise<string>;
}

interface Batch {
  readonly messages: { readonly msg: readonly WireMessage[] } | null;
}

interface Acks {
  readonly ack: readonly Pick<
    WireMessage,
    'id' | 'topic' | 'partition' | 'offset' | 'zone_id' | 'timestamp'
  >[];
}

type Call = ClientDuplexStream<Acks, Batch>;

/** So long after a failure it subscribes anew. */
const AGAIN_MS = 100;

/**
 * Reads a zone.
 * @param onEvent called with each message once, in order per partition
 */
export function readZone(source: ZoneSource, onEvent: (event: ReadEvent) => void): Reader {
  const reader = new ZoneReader(source, onEvent);
  reader.open();
  return reader;
}

/** See the head of this file. */
class ZoneReader implements Reader {
  readonly #source: ZoneSource;
  readonly #onEvent: (event: ReadEvent) => void;
  readonly #client: InstanceType<typeof SubscriberClient>;
  /** By partition, the offset of the last message that was read. */
  readonly #positions = new Map<number, number>();
  #call: Call | undefined;
  #again: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(source: ZoneSource, onEvent: (event: ReadEvent) => void) {
    this.#source = source;
    this.#onEvent = onEvent;
    this.#client = new SubscriberClient(source.grpcUri, credentials.createSsl(Buffer.from(source.ca)));
  }

  /** Subscribes; what fails is tried again, and what never comes the verdict counts as lost. */
  open(): void {
    const again = (): void => {
      if (!this.#isClosed) this.#again = setTimeout(() => this.open(), AGAIN_MS);
    };
    this.#source.token().then((token) => {
      if (!this.#isClosed) this.#subscribe(token, again);
    }, again);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#again);
    this.#call?.cancel();
    this.#client.close();
  }

  #subscribe(token: string, onEnd: () => void): void {
    const methods = this.#client as unknown as { subscribe(metadata: Metadata): Call };
    const call = methods.subscribe(metadataOf(this.#source.zone, token));
    this.#call = call;
    // `status` tells of every end; an error without a listener would end the process.
    call.on('error', () => undefined).once('status', onEnd);
    call.on('data', ({ messages }: Batch) => {
      const msg = messages?.msg ?? [];
      for (const message of msg) this.#take(message);
      call.write({ ack: msg.map(ackOf) });
    });
  }

  #take({ body, tags, partition, offset, timestamp }: WireMessage): void {
    const sequenceNumber = Number(offset);
    // What the hub brings again after a lost subscription says nothing about the service.
    if (sequenceNumber <= (this.#positions.get(partition) ?? -1)) return;
    this.#positions.set(partition, sequenceNumber);
    const { seconds = 0, nanos = 0 } = timestamp ?? {};
    const enqueuedAtMs = Number(seconds) * 1000 + nanos / 1_000_000;
    const partitionId = String(partition);
    this.#onEvent({ body, properties: tags, partitionId, sequenceNumber, enqueuedAtMs, offset });
  }
}

function metadataOf(zone: string, token: string): Metadata {
  const metadata = new Metadata();
  metadata.set('authorization', token);
  metadata.set('predix-zone-id', zone);
  metadata.set('subscribername', 'demo-reader');
  metadata.set('offset-newest', 'false');
  metadata.set('acks', 'true');
  metadata.set('batch-size', '500');
  metadata.set('batch-interval', '100ms');
  // A full batch does not wait for the interval.
  metadata.set('batchtype-union', 'true');
  return metadata;
}

function ackOf({ id, topic, partition, offset, zone_id, timestamp }: WireMessage): Acks['ack'][number] {
  return { id, topic, partition, offset, zone_id, timestamp };
}
