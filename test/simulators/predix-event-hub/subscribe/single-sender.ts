/** Messages one by one, as fast as they can be written: `receive` and `receiveWithAcks`. */
import type { Connection } from './connection.js';
import type { Sender, Sink } from './sender.js';

/** See the head of this file. */
export class SingleSender implements Sender {
  readonly #connection: Connection;
  readonly #sink: Sink;
  #isBlocked = false;
  #isClosed = false;

  constructor(connection: Connection, sink: Sink) {
    this.#connection = connection;
    this.#sink = sink;
  }

  pump(): void {
    while (!this.#isBlocked && !this.#isClosed) {
      const delivery = this.#connection.next();
      if (delivery === undefined) return;
      this.#connection.sent([delivery]);
      this.#isBlocked = !this.#sink.write([delivery.wire], () => this.#connection.written([delivery]));
    }
  }

  drained(): void {
    this.#isBlocked = false;
    this.pump();
  }

  close(): void {
    this.#isClosed = true;
  }
}
