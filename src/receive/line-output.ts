/** Lines to a stream, no faster than the stream takes them. */
import type { Writable } from 'node:stream';
import { codeOf } from './failures.js';

/** The reader of the stream has gone, as `head` does when it has enough. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}

/** See the head of this file. */
export class LineOutput {
  readonly #stream: Writable;
  #lines: string[] = [];
  #flushing: Promise<void> = Promise.resolve();

  /** @param stream for example standard output */
  constructor(stream: Writable) {
    this.#stream = stream;
    // Told to `flush`; without a listener it would end the process.
    stream.on('error', () => undefined);
  }

  /** Adds a line. It leaves with the next `flush`. */
  write(line: string): void {
    this.#lines.push(line);
  }

  /**
   * Resolves when everything written so far has left this process.
   * @throws OutputClosed when nobody reads any more
   */
  flush(): Promise<void> {
    const text = this.#lines.map((line) => `${line}\n`).join('');
    this.#lines = [];
    if (text !== '') this.#flushing = this.#flushing.then(() => this.#write(text));
    return this.#flushing;
  }

  #write(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write(text, (error) => {
        if (!error) resolve();
        else reject(codeOf(error) === 'EPIPE' ? new OutputClosed('nobody reads the output') : error);
      });
    });
  }
}
