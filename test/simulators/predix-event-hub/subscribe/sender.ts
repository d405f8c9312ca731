/** How messages leave on a connection. */
import type { WireMessage } from '../protocol.js';

/** Where messages are written to. */
export interface Sink {
  /**
   * Writes messages.
   *
   * @param written called when all bytes have gone; never, when the connection ends before.
   * @returns `false`: no more may be written before the sink has drained.
   */
  write(messages: readonly Partial<WireMessage>[], written: () => void): boolean;
}

/** Writes the messages of a connection to its sink, one by one or in batches. */
export interface Sender {
  /** Writes what may be written now. */
  pump(): void;
  /** The sink takes more. */
  drained(): void;
  /** Writes nothing any more, whatever it is told, and lets go of its timers. */
  close(): void;
}
