/**
 * The part of rhea this simulator uses, with its types written down.
 *
 * rhea's own typings leave out the performatives and the flow-control state, which a broker needs and a client
 * does not. Everything untyped is kept in this file and in rhea-patches.ts.
 */
import type { Duplex } from 'node:stream';
import type { Typed } from 'rhea';
import rhea from 'rhea';

/** An AMQP error (AMQP 1.0 section 2.8.14): a symbolic condition and a text for people. */
export interface AmqpError {
  readonly condition: string;
  readonly description: string;
}

/** The fields of an attach performative that this side fills in (AMQP 1.0 section 2.7.3). */
export interface LocalAttach {
  source: unknown;
  target: unknown;
  snd_settle_mode: number | null;
  rcv_settle_mode: number | null;
  max_message_size: number | null;
  offered_capabilities: string[] | string | null;
  properties: Record<string, unknown> | null;
}

/** A source or target as the peer sent it; `described` gives it back for an exact echo. */
export interface WireTerminus {
  readonly address?: string | null;
  readonly filter?: Record<string, unknown> | null;
  described(): unknown;
}

/** A session: its begin performative (before it is written) and its outgoing buffer. */
export interface WireSession {
  readonly local: { readonly begin: { handle_max: number | null } };
  readonly outgoing: { available(): number; readonly next_pending_delivery: number };
}

/** A connection of a client to this broker. */
export interface WireConnection {
  readonly container_id?: string;
  readonly socket: Duplex;
  socket_ready: boolean;
  accept(socket: Duplex): unknown;
  close(error?: AmqpError): void;
  is_closed(): boolean;
  _disconnected(error?: Error): void;
}

/** What both directions of link have in common. */
export interface WireLink {
  readonly name: string;
  readonly connection: WireConnection;
  readonly session: WireSession;
  readonly local: { readonly attach: LocalAttach };
  readonly source: WireTerminus | null | undefined;
  readonly target: WireTerminus | null | undefined;
  readonly properties: Record<string, unknown> | null | undefined;
  readonly desired_capabilities: string | string[] | null | undefined;
  readonly snd_settle_mode: number | null | undefined;
  readonly rcv_settle_mode: number | null | undefined;
  readonly credit: number;
  set_source(fields: object): void;
  set_target(fields: object): void;
  close(error?: AmqpError): void;
  is_open(): boolean;
  on(event: string, listener: (context: WireContext) => void): unknown;
  removeAllListeners(): unknown;
}

/** A link on which the client sends and this side receives. */
export interface WireReceiver extends WireLink {
  add_credit(credit: number): void;
}

/** A link on which this side sends and the client receives. */
export interface WireSender extends WireLink {
  send(message: Buffer, tag: Buffer | undefined, format: number): { readonly id: number };
  set_drained(drained: boolean): void;
}

/** One delivery; `update` answers it (AMQP 1.0 section 2.7.6). */
export interface WireDelivery {
  remote_settled: boolean;
  settled: boolean;
  update(settled: boolean, state?: unknown): void;
}

/** What rhea hands to every listener. Which parts are present depends on the event. */
export interface WireContext {
  readonly connection: WireConnection;
  readonly session?: WireSession;
  readonly receiver?: WireReceiver;
  readonly sender?: WireSender;
  readonly delivery?: WireDelivery;
  /** With the patches of this folder always the undecoded bytes. */
  readonly message?: Buffer;
  /** The message-format field of the transfer; null or undefined stands for 0. */
  readonly format?: number | null;
}

/** rhea's container, as a broker sees it. */
export interface WireContainer {
  readonly sasl_server_mechanisms: Record<string, unknown> & { enable_anonymous(): void };
  create_connection(options: object): WireConnection;
  on(event: string, listener: (context: WireContext) => void): unknown;
}

/** A decoded message, as rhea lays it out. */
export interface DecodedMessage {
  readonly reply_to?: string | null;
  readonly message_id?: unknown;
  readonly content_type?: string | null;
  readonly body?: unknown;
  readonly application_properties?: Record<string, unknown>;
  readonly message_annotations?: Record<string, unknown>;
}

interface Outcomes {
  accepted(): { described(): unknown };
  released(): { described(): unknown };
  rejected(fields: { error: AmqpError }): { described(): unknown };
}

const outcomes = rhea.message as unknown as Outcomes;

/** The outcome `accepted` (AMQP 1.0 section 3.4.2). */
export const accepted: unknown = outcomes.accepted().described();

/** The outcome `released` (AMQP 1.0 section 3.4.4). */
export const released: unknown = outcomes.released().described();

/** The outcome `rejected` with its error (AMQP 1.0 section 3.4.3). */
export function rejected(error: AmqpError): unknown {
  return outcomes
    .rejected({ error: { condition: error.condition, description: error.description } })
    .described();
}

/**
 * Decodes one bare or annotated message.
 *
 * @throws when the bytes are not a well-formed message.
 */
export function decodeMessage(bytes: Buffer): DecodedMessage {
  return rhea.message.decode(bytes) as DecodedMessage;
}

/** Encodes a message given in rhea's layout. */
export function encodeMessage(message: object): Buffer {
  return rhea.message.encode(message);
}

/** A body of one data section, in rhea's layout. */
export function dataBody(bytes: Buffer): unknown {
  return rhea.message.data_section(bytes);
}

/** Makes a container with its own id. */
export function createContainer(id: string): WireContainer {
  return rhea.create_container({ id }) as unknown as WireContainer;
}

/** rhea's AMQP type constructors, for values whose AMQP type matters to the reader. */
export const types = rhea.types;

/** A value together with its AMQP type. */
export type AmqpValue = Typed;

/**
 * Reads one value with its type kept.
 *
 * @throws when the bytes are not a well-formed value.
 */
export function readTyped(bytes: Buffer): AmqpValue {
  const reader = new (types as unknown as { Reader: new (bytes: Buffer) => { read(): AmqpValue } }).Reader(
    bytes,
  );
  return reader.read();
}
