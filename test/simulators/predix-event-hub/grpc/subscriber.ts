/** `Subscriber`: `receive`, `receiveWithAcks` and `subscribe` (Predix contract, sections 2, 3 and 7). */
import {
  Metadata,
  type ServerDuplexStream,
  type ServerWritableStream,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { WireMessage } from '../protocol.js';
import type { ReceivedAck } from '../subscribe/connection.js';
import type { Sink } from '../subscribe/sender.js';
import type { Subscription } from '../subscribe/subscription.js';
import { readSubscriptionOptions, type SubscribeMethod } from '../subscribe/subscription-options.js';
import { NoSubscription, type Subscriptions } from '../subscribe/subscriptions.js';
import { valueFor } from './metadata.js';
import { endCall, type OpenCalls } from './open-calls.js';

interface SubscriptionRequest {
  /** Empty: that of the metadata. */
  readonly zone_id: string;
  readonly subscriber: string;
  readonly instance_id: string;
}

interface Acks {
  readonly ack: readonly ReceivedAck[];
}

interface Batch {
  readonly messages: { readonly msg: readonly Partial<WireMessage>[] };
}

type Message = Partial<WireMessage>;
type Writable<T> = Pick<ServerDuplexStream<Acks, T>, 'write' | 'writableEnded' | 'cancelled'>;
type SubscribeCall =
  | ServerWritableStream<SubscriptionRequest, Message>
  | ServerDuplexStream<Acks, Message>
  | ServerDuplexStream<Acks, Batch>;

/** What subscribing needs. */
export interface SubscriberParts {
  readonly calls: OpenCalls;
  readonly subscriptions: Subscriptions;
  /** Takes a line for each value that a client gives and that is out of range. */
  readonly log: (line: string) => void;
}

interface Opening {
  readonly call: SubscribeCall;
  readonly method: SubscribeMethod;
  readonly request?: SubscriptionRequest;
  readonly sink: Sink;
}

/** The handlers of the three methods. */
export function subscriberHandlers(parts: SubscriberParts): UntypedServiceImplementation {
  return {
    receive: (call: ServerWritableStream<SubscriptionRequest, Message>) => {
      void open(parts, { call, method: 'receive', request: call.request, sink: singleSink(call) });
    },
    receiveWithAcks: (call: ServerDuplexStream<Acks, Message>) => {
      readAcks(parts, call, open(parts, { call, method: 'receiveWithAcks', sink: singleSink(call) }));
    },
    subscribe: (call: ServerDuplexStream<Acks, Batch>) => {
      readAcks(parts, call, open(parts, { call, method: 'subscribe', sink: batchSink(call) }));
    },
  };
}

/** Resolves with undefined when the call was ended instead; never rejects. */
async function open(parts: SubscriberParts, opening: Opening): Promise<Subscription | undefined> {
  const { calls, subscriptions, log } = parts;
  const { call, method, request, sink } = opening;
  // A client that goes away is told of by `cancelled` as well.
  call.on('error', () => undefined);
  const admission = await calls.admit(call, 'subscribe');
  if (admission === undefined) return undefined;
  const { zone, topics, clientId } = admission;
  if (request !== undefined && request.zone_id !== '' && request.zone_id !== zone) {
    endCall(call, status.UNKNOWN, 'The request is for another zone');
    return undefined;
  }
  const options = readSubscriptionOptions({
    ...{ method, requestedName: request?.subscriber ?? '', rules: subscriptions.rules },
    header: (name) => valueFor(call.metadata, name),
    log: (line) => log(`zone ${zone}, client ${clientId}: ${line}`),
  });
  const instanceId = request?.instance_id ?? '';
  return join(subscriptions, { zone, topics, clientId, options, instanceId }, call, sink);
}

function join(
  subscriptions: Subscriptions,
  wanted: Parameters<Subscriptions['open']>[0],
  call: SubscribeCall,
  sink: Sink,
): Subscription | undefined {
  try {
    const subscription = subscriptions.open(wanted, sink);
    call.on('drain', () => subscription.sender.drained());
    call.once('cancelled', () => subscriptions.close(subscription));
    // Tells the client that it has its place, even if there is nothing to be delivered yet.
    call.sendMetadata(new Metadata());
    return subscription;
  } catch (thrown) {
    if (!(thrown instanceof NoSubscription)) throw thrown;
    // The SDK comes back at once after one of them, and never after the other.
    const code = thrown.reason === 'stopped' ? status.UNAVAILABLE : status.RESOURCE_EXHAUSTED;
    endCall(call, code, thrown.message);
    return undefined;
  }
}

/** The client's stream carries nothing but acknowledgements; before there is a subscription they mean nothing. */
function readAcks(
  { subscriptions }: SubscriberParts,
  call: ServerDuplexStream<Acks, Message> | ServerDuplexStream<Acks, Batch>,
  opened: Promise<Subscription | undefined>,
): void {
  let subscription: Subscription | undefined;
  let hasEnded = false;
  const endIfDone = (): void => {
    // Who acknowledges nothing may end its stream at once and go on to receive.
    if (!hasEnded || subscription?.parts.options.acks === undefined) return;
    subscriptions.close(subscription);
    call.end();
  };
  call.on('data', ({ ack }: Acks) => subscription?.connection.acknowledge(ack));
  call.on('end', () => {
    hasEnded = true;
    endIfDone();
  });
  void opened.then((opened) => {
    subscription = opened;
    endIfDone();
  });
}

/** @param messages one alone. */
function singleSink(call: Writable<Message>): Sink {
  return {
    write: (messages, written) => messages.every((message) => writeTo(call, message, written)),
  };
}

function batchSink(call: Writable<Batch>): Sink {
  return { write: (msg, written) => writeTo(call, { messages: { msg } }, written) };
}

/** A call that has ended takes nothing, and is not to be told of it: that would change the status it ends with. */
function writeTo<T>(call: Writable<T>, chunk: T, written: () => void): boolean {
  if (call.writableEnded || call.cancelled) return false;
  return call.write(chunk, () => written());
}
