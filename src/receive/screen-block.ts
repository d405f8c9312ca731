/** A few lines at the bottom of a terminal that are drawn again in their place, with remarks above them. */
import type { Writable } from 'node:stream';

/** See the head of this file. On what is no terminal, only remarks can be made. */
export class ScreenBlock {
  readonly isTerminal: boolean;
  readonly #stream: Writable & { readonly columns?: number };
  #drawn: readonly string[] = [];

  /** @param stream for example standard error */
  constructor(stream: Writable & { readonly isTTY?: boolean; readonly columns?: number }) {
    this.#stream = stream;
    this.isTerminal = stream.isTTY === true;
    // There is nobody left to be told.
    stream.on('error', () => undefined);
  }

  /** Draws the block anew. */
  draw(lines: readonly string[]): void {
    // A terminal that does not know its size says 0.
    const columns = this.#stream.columns || Number.POSITIVE_INFINITY;
    // A line that wraps would count twice.
    const fitting = lines.map((line) => line.slice(0, columns - 1));
    this.#stream.write(`${this.#erase()}${fitting.map((line) => `${line}\n`).join('')}`);
    this.#drawn = fitting;
  }

  /** Writes a remark, above the block. */
  say(text: string): void {
    this.#stream.write(`${this.#erase()}receive: ${text}\n`);
    const again = this.#drawn;
    this.#drawn = [];
    if (again.length > 0) this.draw(again);
  }

  /** Up to the block's first line, and everything below it away (ECMA-48, CUU and ED). */
  #erase(): string {
    return this.#drawn.length === 0 ? '' : `\u001b[${this.#drawn.length}A\u001b[J`;
  }
}
