/** `Publisher/send`: one long stream of requests in, one of acknowledgements out (Predix contract, section 4). */
import type { ServerDuplexStream, ServiceDefinition } from '@grpc/grpc-js';
import type { Admission } from '../access.js';
import { publisherService, type WireAck, type WireMessage } from '../protocol.js';
import { AckSender, readAckOptions } from '../publish/ack-sender.js';
import type { Publication } from '../publish/publication.js';
import { firstOf } from './metadata.js';
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
}

/** The service's definition, with the size of each request beside it. */
export function sizedPublisherService(): ServiceDefinition {
  const { send } = publisherService;
  if (send === undefined) throw new Error('the protocol has no method send');
  const read = send.requestDeserialize as (bytes: Buffer) => PublishRequest;
  const requestDeserialize = (bytes: Buffer): SizedRequest => ({
    bytes: bytes.length,
    messages: read(bytes).messages?.msg ?? [],
  });
  return { send: { ...send, requestDeserialize } };
}

/** The handler of the method. */
export function publishHandler({
  calls,
  publicationFor,
  mayAnswer,
}: PublisherParts): (call: PublishCall) => void {
  return (call) => {
    const requests: SizedRequest[] = [];
    let take = (request: SizedRequest): void => void requests.push(request);
    let end: () => void = () => undefined;
    let hasEnded = false;
    // What comes while the token is being checked is not to be lost.
    call.on('data', (request: SizedRequest) => take(request));
    call.on('end', () => {
      hasEnded = true;
      end();
    });
    // A client that goes away is told of by `cancelled` as well.
    call.on('error', () => undefined);
    void calls.admit(call, 'publish').then((admission) => {
      if (admission === undefined) return;
      const publication = publicationFor(admission);
      const acks = new AckSender(
        readAckOptions((name) => firstOf(call.metadata, name)),
        (ack) => {
          if (mayAnswer()) call.write({ ack });
        },
      );
      call.once('cancelled', () => acks.stop());
      take = ({ messages, bytes }) => {
        acks.expect(messages.length);
        publication.submit(messages, bytes, (ack) => acks.add(ack));
      };
      end = () => acks.end(() => call.end());
      for (const request of requests.splice(0)) take(request);
      if (hasEnded) end();
    });
  };
}
