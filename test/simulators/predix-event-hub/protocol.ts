/** The messages and services of Predix Event Hub, from its `.proto` (Predix contract, section 2). */
import { fileURLToPath } from 'node:url';
import {
  type GrpcObject,
  loadPackageDefinition,
  type MethodDefinition,
  type ServiceClientConstructor,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const protoFile = fileURLToPath(
  new URL('../../../src/destinations/predix-event-hub/event-hub.proto', import.meta.url),
);

/** Seconds as text, as a 64-bit number may be too large for a JavaScript one. */
export interface Timestamp {
  readonly seconds: string;
  readonly nanos: number;
}

/** A message as it is on the wire. Fields that are not set have proto3's default. */
export interface WireMessage {
  readonly id: string;
  readonly body: Buffer;
  readonly zone_id: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly key: Buffer;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly timestamp: Timestamp | null;
  readonly isMetricMsg: boolean;
  readonly metric: { readonly metricmap: Readonly<Record<string, string>> } | null;
}

/** The values of `AckStatus`. */
export const AckStatus = { accepted: 0, badRequest: 1, requestTooLarge: 2, failed: 3 } as const;

/** An acknowledgement as it is on the wire; what is not given has proto3's default. */
export interface WireAck {
  readonly id: string;
  readonly status_code: number;
  readonly desc: string;
  readonly topic?: string;
  readonly partition?: number;
  readonly offset?: string;
  readonly timestamp?: Timestamp | null;
  readonly body?: Buffer;
  readonly zone_id?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly key?: Buffer;
}

const definition = loadSync(protoFile, {
  keepCase: true,
  longs: String,
  enums: Number,
  defaults: true,
});

const services = (
  loadPackageDefinition(definition)['predix'] as unknown as {
    eventhub: Record<'Publisher' | 'Subscriber', ServiceClientConstructor> & GrpcObject;
  }
).eventhub;

/** Methods `send`. */
export const publisherService: ServiceDefinition = services.Publisher.service;

/** Methods `receive`, `receiveWithAcks` and `subscribe`. */
export const subscriberService: ServiceDefinition = services.Subscriber.service;

/** A client of the publisher's methods, for tests. */
export const PublisherClient = services.Publisher;

/** A client of the subscriber's methods, for tests. */
export const SubscriberClient = services.Subscriber;

const receive = subscriberService['receive'] as MethodDefinition<object, WireMessage>;

/** The serialized form of a message; what is not given is left out. */
export function encodeMessage(message: Partial<WireMessage>): Buffer {
  return receive.responseSerialize(message as WireMessage);
}

const send = publisherService['send'] as MethodDefinition<object, { readonly ack: readonly WireAck[] }>;

/** The serialized form of an acknowledgement that is alone in its response. */
export function encodeAck(ack: WireAck): Buffer {
  return send.responseSerialize({ ack: [ack] });
}

/**
 * Reads the serialized form of a message.
 *
 * @throws when it is none.
 */
export function decodeMessage(bytes: Buffer): WireMessage {
  return receive.responseDeserialize(bytes);
}
