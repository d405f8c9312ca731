/** `Publisher/send`: one long stream of requests in, one of acknowledgements out (Predix contract, section 4). */
import type { ServerDuplexStream, ServiceDefinition } from '@grpc/grpc-js';
import type { Admission } from '../access.js';
import { encodeAck, publisherService, type WireAck, type WireMessage } from '../protocol.js';
import { AckSender, readAckOptions } from '../publish/ack-sender.js';
import { oneMegabyte, type Publication } from '../publish/publication.js';
import { countMessages, mostMessages } from './message-count.js';
import { valueFor } from './metadata.js';
import type { OpenCalls } from './open-calls.js';

interface PublishRequest {
  readonly messages: { readonly msg: readonly WireMessage[] } | null;
}

/** A request with its size as it came. */
interface SizedRequest {
  readonly bytes: number;
  readonly messages: readonly WireMessage[];
}

interface PublishResponse {
  readonly ack: readonly WireAck[];
}

type PublishCall = ServerDuplexStream<SizedRequest, PublishResponse>;

/** What publishing over gRPC needs. */
export interface PublisherParts {
  readonly calls: OpenCalls;
  readonly publicationFor: (admission: Admission) => Publication;
  /** Called with each request's acknowledgements before they are sent; `false`: they are lost with the stream. */
  readonly mayAnswer: () => boolean;
  /** Takes a line for each value that a client gives and that is out of range. */
  readonly log: (line: string) => void;
}

/** The service's definition, with the size of each request beside it. What holds too many messages cannot be read. */
export function sizedPublisherService(): ServiceDefinition {
  const { send } = publisherService;
  if (send === undefined) throw new Error('the protocol has no method send');
  const read = send.requestDeserialize as (bytes: Buffer) => PublishRequest;
  const requestDeserialize = (bytes: Buffer): SizedRequest => {
    if (countMessages(bytes) > mostMessages) throw new RangeError('the request has too many messages');
    return { bytes: bytes.length, messages: read(bytes).messages?.msg ?? [] };
  };
  return { send: { ...send, requestDeserialize } };
}

/** The handler of the method. What a client sends before it is let in waits in its stream: nothing reads that yet. */
export function publishHandler(parts: PublisherParts): (call: PublishCall) => void {
  return (call) => {
    // A client that goes away is told of by `cancelled` as well.
    call.on('error', () => undefined);
    void parts.calls.admit(call, 'publish').then((admission) => {
      if (admission !== undefined) serve(call, admission, parts);
    });
  };
}

function serve(call: PublishCall, admission: Admission, parts: PublisherParts): void {
  const publication = parts.publicationFor(admission);
  const { zone, clientId } = admission;
  const options = readAckOptions({
    header: (name) => valueFor(call.metadata, name),
    log: (line) => parts.log(`zone ${zone}, client ${clientId}: ${line}`),
  });
  const acks = new AckSender(options, (due) => {
    if (parts.mayAnswer()) for (const ack of responsesOf(due)) write(call, { ack });
  });
  call.once('cancelled', () => acks.stop());
  call.on('drain', () => call.resume());
  call.on('end', () => acks.end(() => call.end()));
  call.on('data', ({ messages, bytes }: SizedRequest) => {
    acks.expect(messages.length);
    publication.submit(messages, bytes, (ack) => acks.add(ack));
  });
}

/** A call that has ended takes nothing, and is not to be told of it: that would change the status it ends with. */
function write(call: PublishCall, response: PublishResponse): void {
  if (call.writableEnded || call.cancelled) return;
  // Who does not read acknowledgements is read no more: they, with what they give back, would fill the memory.
  if (!call.write(response)) call.pause();
}

/** Divides acknowledgements so that each response can be received: clients take 4 MB, and failures have bodies. */
function responsesOf(acks: readonly WireAck[]): readonly (readonly WireAck[])[] {
  const responses: WireAck[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const ack of acks) {
    const more = encodeAck(ack).length;
    if (bytes + more > oneMegabyte) {
      responses.push([]);
      bytes = 0;
    }
    responses.at(-1)?.push(ack);
    bytes += more;
  }
  return responses;
}
