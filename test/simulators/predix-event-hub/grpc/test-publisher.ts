/** A publisher over gRPC that writes down its acknowledgements. */
import {
  type ChannelCredentials,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type StatusObject,
} from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';
import { waitUntil } from '../../../support/wait.js';
import { PublisherClient, type WireAck, type WireMessage } from '../protocol.js';

type Call = ClientDuplexStream<object, { readonly ack: readonly WireAck[] }>;

/** What a publisher says. */
export interface PublisherWishes {
  /** Host and port. */
  readonly uri: string;
  /** Metadata; a list for a key that comes more than once. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly channel?: ChannelCredentials;
}

/** See the head of this file. */
export class TestPublisher {
  readonly acks: WireAck[] = [];
  /** The acknowledgements that came in one response, each time. */
  readonly responses: (readonly WireAck[])[] = [];
  readonly ended: Promise<StatusObject>;
  readonly #call: Call;

  constructor({ uri, headers, channel = credentials.createInsecure() }: PublisherWishes) {
    const client = new PublisherClient(uri, channel);
    onTestFinished(() => client.close());
    const metadata = new Metadata();
    for (const [key, value] of Object.entries(headers))
      for (const each of [value].flat()) metadata.add(key, each);
    const methods = client as unknown as { send(metadata: Metadata): Call };
    this.#call = methods.send(metadata);
    this.ended = new Promise((resolve) => void this.#call.once('status', resolve));
    this.#call.on('error', () => undefined);
    this.#call.on('data', ({ ack }: { readonly ack: readonly WireAck[] }) => {
      this.responses.push(ack);
      this.acks.push(...ack);
    });
  }

  /** Sends one request. */
  send(...messages: readonly Partial<WireMessage>[]): void {
    this.#call.write({ messages: { msg: messages } });
  }

  /** Waits for so many acknowledgements. */
  async acked(count: number): Promise<readonly WireAck[]> {
    await waitUntil(`${count} acknowledgements have come`, () => this.acks.length >= count);
    return this.acks;
  }

  /** Sends no more; gives the status that the service ends with. */
  end(): Promise<StatusObject> {
    this.#call.end();
    return this.ended;
  }

  /** Reads nothing until `resume`. */
  pause(): void {
    this.#call.pause();
  }

  resume(): void {
    this.#call.resume();
  }

  /** Goes away. */
  cancel(): void {
    this.#call.cancel();
  }
}
