/**
 * Changes to rhea 3.0.5 without which clients of some languages do not work against it.
 *
 * rhea is one module per process, shared with any client that runs beside the broker, so every change either
 * is harmless to a client (more explicit performatives) or applies to accepted connections only.
 */
import { createRequire } from 'node:module';

type Performative = { value: unknown[] };
type FrameMaker = (fields?: object) => Performative;
type Frame = {
  channel: number;
  performative: { message_format?: number | null; echo?: boolean; handle?: number | null };
};
type SessionLike = {
  connection: { is_server?: boolean };
  remote: { handles: Record<number, unknown> };
  on_transfer(frame: Frame): void;
  on_flow(frame: Frame): void;
  _write_flow(link?: unknown): void;
};
type ConnectionLike = { is_server?: boolean; remote_channel_map: Record<number, unknown> };
type FrameHandler = (this: ConnectionLike, frame: Frame) => void;

const require = createRequire(import.meta.url);
const frames = require('rhea/lib/frames.js') as Record<string, FrameMaker>;
const types = require('rhea/lib/types.js') as { wrap_error: FrameMaker; wrap(value: null): unknown };
const sessionPrototype = (require('rhea/lib/session.js') as { prototype: SessionLike }).prototype;
const connectionPrototype = (require('rhea/lib/connection.js') as { prototype: Record<string, FrameHandler> })
  .prototype;

const applied = Symbol.for('local-event-hubs.rhea-patches');

/** How many fields each performative has (AMQP 1.0 section 2.7). */
const fieldCounts = {
  open: 10,
  begin: 8,
  attach: 14,
  flow: 11,
  transfer: 11,
  disposition: 6,
  detach: 3,
  end: 1,
  close: 1,
} as const;

/** How many fields an error has (AMQP 1.0 section 2.8.14). */
const errorFieldCount = 3;

/**
 * Applies every change, once per process however often it is called.
 */
export function patchRhea(): void {
  const marked = frames as Record<symbol, unknown>;
  if (marked[applied]) return;
  marked[applied] = true;
  for (const [name, count] of Object.entries(fieldCounts)) padPerformative(name, count);
  padErrors();
  for (const name of ['end', 'attach', 'detach', 'transfer', 'disposition', 'flow']) ignoreLateFrames(name);
  keepBytesOfPlainMessages();
  answerEcho();
}

/**
 * rhea leaves trailing null fields out, which AMQP 1.0 section 1.4 allows; the Python SDK reads fields by
 * position and fails on a short list.
 */
function padPerformative(name: string, count: number): void {
  const make = frames[name];
  if (!make) return;
  frames[name] = (fields) => {
    const performative = make(fields);
    while (performative.value.length < count) performative.value.push(null);
    return performative;
  };
}

/** The same for the error inside an outcome, a detach or a close: condition, description and info. */
function padErrors(): void {
  const wrap = types.wrap_error;
  types.wrap_error = (fields) => {
    const error = wrap(fields);
    while (error.value.length < errorFieldCount) error.value.push(types.wrap(null));
    return error;
  };
}

/**
 * The Python SDK sends `end` and then `detach` on the same channel. rhea takes a frame for an ended session as
 * a protocol error and drops the whole connection; a broker discards it (AMQP 1.0 section 2.5.6).
 */
function ignoreLateFrames(name: string): void {
  const original = connectionPrototype[`on_${name}`];
  if (!original) return;
  connectionPrototype[`on_${name}`] = function onFrame(frame) {
    if (this.is_server && !this.remote_channel_map[frame.channel]) return;
    original.call(this, frame);
  };
}

/**
 * rhea decodes messages of format 0 itself and throws away the bytes, and a malformed one costs the connection.
 * Taking the format away makes it hand over the bytes, so that an event is stored exactly as it was sent.
 */
function keepBytesOfPlainMessages(): void {
  const original = sessionPrototype.on_transfer;
  sessionPrototype.on_transfer = function onTransfer(frame) {
    if (this.connection.is_server && frame.performative.message_format === 0) {
      frame.performative.message_format = null;
    }
    original.call(this, frame);
  };
}

/**
 * rhea ignores the echo flag of a flow; AMQP 1.0 section 2.7.4 asks for the state of the link in return.
 */
function answerEcho(): void {
  const original = sessionPrototype.on_flow;
  sessionPrototype.on_flow = function onFlow(frame) {
    original.call(this, frame);
    if (!this.connection.is_server || !frame.performative.echo) return;
    const handle = frame.performative.handle;
    this._write_flow(handle === undefined || handle === null ? undefined : this.remote.handles[handle]);
  };
}
