/** A link on which a client reads a partition: its position, and the deliveries within its credit. */
import type { Duplex } from 'node:stream';
import { encodeDelivery } from './delivery-encoding.js';
import type { Reader } from './epochs.js';
import type { HubLink } from './hub-link.js';
import type { PartitionLog } from './partition-log.js';
import { type AmqpError, accepted, type WireContext, type WireSender } from './rhea-wire.js';

/** How much one turn of the event loop hands to the socket, in bytes, so that other links get theirs. */
const turnBytes = 1_048_576;

/** Above this many unwritten bytes in the socket, reading from the log waits for the socket to drain. */
const socketBacklogBytes = 4 * 1_048_576;

/** What the attach of a reader settles. */
export interface ReadTerms {
  readonly hub: string;
  readonly path: string;
  readonly log: PartitionLog;
  /** Sequence number of the first event to deliver. */
  readonly start: number;
  readonly epoch: number | undefined;
  readonly name: string;
  /** Whether every delivery tells the newest event of the partition. */
  readonly metric: boolean;
}

/**
 * Serves one receiver of a client. Only what the client gave credit for is encoded and sent; the rest stays in
 * the log.
 */
export class ReceiverLink implements HubLink, Reader {
  readonly direction = 'read';
  readonly link: WireSender;
  readonly hub: string;
  readonly path: string;
  readonly epoch: number | undefined;
  readonly name: string;
  lastActiveMs = Date.now();
  readonly #log: PartitionLog;
  readonly #metric: boolean;
  readonly #stopListening: () => void;
  readonly #onReleased: () => void;
  #next: number;
  #tag = 0;
  #unsentIds: number[] = [];
  #waiting = false;
  #released = false;

  /** @param onReleased called once when the link is gone. */
  constructor(link: WireSender, terms: ReadTerms, onReleased: (reader: Reader) => void) {
    this.link = link;
    this.hub = terms.hub;
    this.path = terms.path;
    this.epoch = terms.epoch;
    this.name = terms.name;
    this.#log = terms.log;
    this.#metric = terms.metric;
    this.#next = terms.start;
    this.#onReleased = () => onReleased(this);
    this.#stopListening = terms.log.onAppended(() => this.#pump());
    link.on('sendable', () => this.#pump());
    link.on('sender_draining', () => this.#drain());
    // A client may give credit together with its attach, and rhea writes transfers before the reply to it.
    this.#resumeWhen((pump) => setImmediate(pump));
    for (const outcome of ['accepted', 'released', 'rejected', 'modified']) {
      link.on(outcome, (context) => settle(context));
    }
  }

  disconnect(error: AmqpError): void {
    this.release();
    this.link.close(error);
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#stopListening();
    this.#onReleased();
  }

  #pump(): void {
    if (this.#released || this.#waiting) return;
    const { socket } = this.link.connection;
    if (socket.writableLength > socketBacklogBytes) {
      this.#resumeWhen((pump) => socket.once('drain', pump));
      return;
    }
    const budget = this.link.credit - this.#unsent();
    if (budget <= 0 || this.#next > this.#log.lastSequenceNumber) return;
    this.lastActiveMs = Date.now();
    corked(socket, () => this.#send(budget));
  }

  #send(budget: number): void {
    const { outgoing } = this.link.session;
    const metric = this.#metric ? { last: this.#log.last, retrievedAtMs: Date.now() } : undefined;
    let bytes = 0;
    // What expired while the reader lagged is skipped, as it would be on attach.
    this.#next = Math.max(this.#next, this.#log.firstSequenceNumber);
    for (let left = budget; left > 0 && outgoing.available() > 0; left--) {
      const event = this.#log.at(this.#next);
      if (!event) return;
      const payload = encodeDelivery(event, metric);
      this.#unsentIds.push(this.link.send(payload, this.#nextTag(), 0).id);
      this.#next += 1;
      bytes += payload.length;
      if (bytes > turnBytes) {
        this.#resumeWhen((pump) => setImmediate(pump));
        return;
      }
    }
  }

  #resumeWhen(schedule: (pump: () => void) => void): void {
    this.#waiting = true;
    schedule(() => {
      this.#waiting = false;
      this.#pump();
    });
  }

  /** rhea takes credit off when a delivery is written, not when it is handed over; this counts those between. */
  #unsent(): number {
    const { next_pending_delivery: written } = this.link.session.outgoing;
    const first = this.#unsentIds.findIndex((id) => id >= written);
    if (first !== 0) this.#unsentIds = first < 0 ? [] : this.#unsentIds.slice(first);
    return this.#unsentIds.length;
  }

  /** The client takes its unused credit back after what can still be sent (AMQP 1.0 section 2.6.7). */
  #drain(): void {
    this.#pump();
    this.link.set_drained(true);
  }

  #nextTag(): Buffer {
    const tag = Buffer.allocUnsafe(4);
    tag.writeUInt32BE(this.#tag, 0);
    this.#tag = (this.#tag + 1) >>> 0;
    return tag;
  }
}

/**
 * A client in settle mode "second" waits for this side to settle first (AMQP 1.0 section 2.6.12); rhea frees
 * the delivery only when both sides count as settled.
 */
function settle({ delivery }: WireContext): void {
  if (!delivery || delivery.remote_settled) return;
  delivery.update(true, accepted);
  delivery.remote_settled = true;
}

/** Many small frames leave in one system call; rhea writes them in the tick that ends before the uncork. */
function corked(socket: Duplex, send: () => void): void {
  socket.cork();
  send();
  process.nextTick(() => socket.uncork());
}
