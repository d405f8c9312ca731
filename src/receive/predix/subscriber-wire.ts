/** The methods of `Subscriber`, and what goes over them (Predix contract, section 2). */
import type { MethodDefinition } from '@grpc/grpc-js';
import { EVENT_HUB, methodOf } from '../../destinations/predix-event-hub/wire.js';

/** Seconds since 1970 as text, as they may be too large for a number. */
export interface WireTime {
  readonly seconds: string;
  readonly nanos: number;
}

/** A message as the service delivers it. What is not set has proto3's default. */
export interface DeliveredMessage {
  readonly id: string;
  readonly body: Buffer;
  readonly zone_id: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly key: Buffer;
  /** Plain, or with the zone before it. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly timestamp: WireTime | null;
  readonly isMetricMsg: boolean;
  readonly metric: { readonly metricmap: Readonly<Record<string, string>> } | null;
}

/** What `receive` is asked with. */
export interface SubscriptionRequest {
  readonly zone_id: string;
  readonly subscriber: string;
  /** Tells the service's log which process this is, nothing more. */
  readonly instance_id: string;
}

/** What a subscriber says of a message: the fields that the Java SDK copies (Predix contract, section 7). */
export type SubscriberAck = Pick<
  DeliveredMessage,
  'id' | 'zone_id' | 'topic' | 'partition' | 'offset' | 'timestamp'
>;

/** The acknowledgements of a request; their status stays 0, which means accepted. */
export interface SubscriberAcks {
  readonly ack: readonly SubscriberAck[];
}

/** What `subscribe` delivers at once. */
export interface DeliveredBatch {
  readonly messages: { readonly msg: readonly DeliveredMessage[] } | null;
}

function subscriberMethod<Q, A>(name: string): MethodDefinition<Q, A> {
  return methodOf(EVENT_HUB, 'predix.eventhub.Subscriber', name);
}

/** One by one, nothing is acknowledged. */
export const RECEIVE = subscriberMethod<SubscriptionRequest, DeliveredMessage>('receive');

/** One by one, each is acknowledged. */
export const RECEIVE_WITH_ACKS = subscriberMethod<SubscriberAcks, DeliveredMessage>('receiveWithAcks');

/** In batches. */
export const SUBSCRIBE = subscriberMethod<SubscriberAcks, DeliveredBatch>('subscribe');
