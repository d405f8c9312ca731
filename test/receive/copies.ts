/** Readers in processes of their own. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { ReadingOptions } from '../../src/receive/options.js';
import type { AtEnd } from './local-hub.js';

const PROGRAM = fileURLToPath(new URL('copy-process.ts', import.meta.url));

/** One copy of the reader. */
export class Copy {
  /** `<partition>/<sequence number>` of each event. */
  readonly places: string[] = [];
  readonly #child: ChildProcessByStdio<null, Readable, null>;
  readonly #exited: Promise<unknown>;

  constructor(options: ReadingOptions, atEnd: AtEnd) {
    const args = ['--import', 'tsx', PROGRAM, JSON.stringify(options)];
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#exited = once(this.#child, 'close');
    createInterface(this.#child.stdout).on('line', (line) => {
      // Of a copy that is killed, the last line may be a part of one.
      if (!line.endsWith('}')) return;
      const { partition, sequenceNumber } = JSON.parse(line) as { partition: string; sequenceNumber: number };
      this.places.push(`${partition}/${sequenceNumber}`);
    });
    atEnd(() => this.kill());
  }

  /** Ends it without a warning. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}
