/** An append-only log in one file. It knows nothing of what the records mean. */
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { readRecords, recordHead } from './record.js';

/** The first bytes of every file: what it is, and the version of its form. */
const magic = Buffer.from('LOGFILE1', 'latin1');

/** How a log behaves. */
export interface LogFileOptions {
  /** Forces every batch onto the disk before it counts as written; default false. */
  readonly fsync?: boolean;
}

/**
 * Puts a log with these records in the place of whatever is there, all or nothing. Not for a log that is open.
 */
export function replaceLogFile(path: string, payloads: readonly Buffer[]): void {
  const draft = `${path}.new`;
  const file = openSync(draft, 'w');
  try {
    writeAll(file, magic);
    for (const payload of payloads) writeAll(file, Buffer.concat([recordHead(payload), payload]));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
}

/** A file that is no log of this kind. */
export class LogFileError extends Error {
  override readonly name = 'LogFileError';
}

/**
 * Appends are gathered until the end of the turn of the event loop and then written together, so that a thousand
 * appends cost one system call. What is written survives the end of this process; without `fsync` the last moments
 * may be lost with the power.
 */
export class LogFile {
  /** The payloads found when the file was opened, oldest first. */
  readonly recovered: readonly Buffer[];
  /** How many bytes of a torn or damaged end were cut off. */
  readonly cutBytes: number;
  readonly #file: number;
  readonly #fsync: boolean;
  #waiting: Buffer[] = [];
  #scheduled: NodeJS.Immediate | undefined;
  #written: (() => void)[] = [];
  #closed = false;

  private constructor(file: number, bytes: Buffer, options: LogFileOptions) {
    const { payloads, goodBytes } = readRecords(bytes.subarray(magic.length));
    this.#file = file;
    this.#fsync = options.fsync ?? false;
    this.recovered = payloads;
    this.cutBytes = Math.max(0, bytes.length - magic.length - goodBytes);
  }

  /**
   * Opens a log, or makes it with its folder. A torn or damaged record ends the log: it and everything behind it are
   * cut off, since nothing behind it can be trusted to follow what precedes it.
   *
   * @throws LogFileError when the file is something else.
   */
  static open(path: string, options: LogFileOptions = {}): LogFile {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(path, 'a+');
    try {
      const bytes = readFileSync(path);
      const begin = bytes.subarray(0, magic.length);
      // A beginning of the first bytes is a file that was being made.
      if (!begin.equals(magic.subarray(0, begin.length))) {
        throw new LogFileError(`${path} is no log of this kind`);
      }
      const log = new LogFile(file, bytes, options);
      if (begin.length < magic.length) {
        ftruncateSync(file, 0);
        writeAll(file, magic);
      } else if (log.cutBytes > 0) ftruncateSync(file, bytes.length - log.cutBytes);
      return log;
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  /** Appends a record. The buffer must not change until it is written. */
  append(payload: Buffer): void {
    if (this.#closed) throw new LogFileError('the log is closed');
    this.#waiting.push(recordHead(payload), payload);
    this.#scheduled ??= setImmediate(() => this.flush());
  }

  /** Calls back when everything appended so far is written; at once when nothing is waiting. */
  whenWritten(callback: () => void): void {
    if (this.#waiting.length === 0) callback();
    else this.#written.push(callback);
  }

  /** Writes what is waiting now. */
  flush(): void {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    const buffers = this.#waiting;
    this.#waiting = [];
    if (buffers.length > 0) writeAll(this.#file, Buffer.concat(buffers));
    if (this.#fsync && buffers.length > 0) fsyncSync(this.#file);
    for (const callback of this.#written.splice(0)) callback();
  }

  /** Writes what is waiting and closes the file. Safe to call twice. */
  close(): void {
    if (this.#closed) return;
    this.flush();
    this.#closed = true;
    closeSync(this.#file);
  }
}

/** A system call may write less than it was given. */
function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
