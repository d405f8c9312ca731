import { Deque } from '../deque.js';
import { encodeAckId, joinFrame } from './frame.js';
import type { Slot, Subscriber } from './subscriber.js';

/** The socket as a consumer sees it. */
export interface FrameSink {
  /** Sends one text frame. */
  send(frame: Buffer): void;
  /** Collects what is sent until `uncork`, so that a window leaves in few writes. */
  cork(): void;
  uncork(): void;
  /** Closes in order, with a close frame. */
  close(): void;
  /** Cuts the TCP connection. */
  cut(): void;
}

/**
 * Delivery to one consumer socket: queue, window of unacknowledged notifications, acks. An ack counts only here,
 * on the socket the notification came on.
 */
export class Consumer {
  readonly name: string;
  readonly subscriber: Subscriber;
  /** Half-open: the socket stands but nothing passes any more. */
  silent = false;
  readonly #sink: FrameSink;
  readonly #nextLedger: () => number;
  readonly #queue = new Deque<Slot>();
  readonly #unacknowledged = new Map<string, Slot>();
  #ledger: number;
  #scheduled = false;
  #detached = false;

  /**
   * @param name value of the `consumer` query argument, or a made one
   * @param nextLedger gives a number no ack id has been made with yet
   */
  constructor(subscriber: Subscriber, name: string, sink: FrameSink, nextLedger: () => number) {
    this.subscriber = subscriber;
    this.name = name;
    this.#sink = sink;
    this.#nextLedger = nextLedger;
    this.#ledger = nextLedger();
  }

  /** Takes a slot for delivery after those it already has. */
  enqueue(slot: Slot): void {
    this.#queue.push(slot);
    this.schedule();
  }

  /** Forgets the slots that have not been sent. */
  clearQueue(): void {
    this.#queue.clear();
  }

  /** Sends what the window allows, once per turn of the event loop however often this is called. */
  schedule(): void {
    if (this.#scheduled || this.#detached) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  /** Takes an ack id from the socket. An unknown one has no effect (the platform's reaction is not documented). */
  acknowledge(ackId: string): void {
    const slot = this.#unacknowledged.get(ackId);
    if (slot === undefined || this.silent) return;
    this.#unacknowledged.delete(ackId);
    this.subscriber.settle(slot);
    this.schedule();
  }

  /** Drops a slot that expired while it was unacknowledged. */
  forget(slot: Slot): void {
    this.#unacknowledged.delete(slot.ackId);
    this.schedule();
  }

  /**
   * Sends everything unacknowledged a second time, newest first, under new ack ids; the former ids no longer
   * count. This is the timed resend that older platform documentation describes.
   */
  resend(): void {
    if (this.silent) return;
    const slots = [...this.#unacknowledged.values()].reverse();
    this.#unacknowledged.clear();
    this.#ledger = this.#nextLedger();
    this.#sink.cork();
    for (const slot of slots) this.#send(slot);
    this.#sink.uncork();
  }

  /** Ends delivery and gives back what was sent without an ack. */
  takeUnacknowledged(): Slot[] {
    this.#detached = true;
    const slots = [...this.#unacknowledged.values()];
    this.#unacknowledged.clear();
    this.#queue.clear();
    return slots;
  }

  /** Closes the socket in order. */
  close(): void {
    this.#sink.close();
  }

  /** Cuts the socket. */
  cut(): void {
    this.#sink.cut();
  }

  #pump(): void {
    if (this.silent || this.#detached) return;
    this.subscriber.topic.expire();
    const { windowSize } = this.subscriber.topic.limits;
    this.#sink.cork();
    while (this.#unacknowledged.size < windowSize) {
      const slot = this.#queue.peek();
      if (slot === undefined) break;
      if (slot.entry !== undefined && !this.subscriber.mayDeliver(slot, this)) break;
      this.#queue.shift();
      if (slot.entry === undefined) continue;
      this.subscriber.delivered(slot, this);
      this.#send(slot);
    }
    this.#sink.uncork();
  }

  #send(slot: Slot): void {
    if (slot.entry === undefined) return;
    slot.ackId = encodeAckId(this.#ledger, slot.entry.sequence);
    this.#unacknowledged.set(slot.ackId, slot);
    this.#sink.send(joinFrame(slot.ackId, slot.entry.tail));
  }
}
