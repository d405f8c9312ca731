/** How far each subscriber name has got in each partition of a topic; kept on disk when there is a file for it. */
import { LogFile, LogFileError, replaceLogFile } from '../../log/log-file.js';

/** A position as it stands in the file. */
interface Position {
  readonly subscriber: string;
  readonly partition: number;
  readonly offset: number;
}

/** See the head of this file. A position is the offset of the first message that is still due. */
export class Positions {
  readonly #offsets = new Map<string, Map<number, number>>();
  readonly #file: LogFile | undefined;

  /**
   * @param path of the file, when positions are to outlive the process.
   * @throws LogFileError when the file is something else.
   */
  constructor(path?: string) {
    if (path === undefined) return;
    const file = LogFile.open(path);
    file.close();
    for (const payload of file.recovered) this.#note(decode(payload, path));
    // Only the last position of each counts, and every acknowledgement has written one.
    replaceLogFile(path, this.#all().map(encode));
    this.#file = LogFile.open(path);
  }

  /** Where a subscriber goes on in a partition; undefined for one that was never seen there. */
  get(subscriber: string, partition: number): number | undefined {
    return this.#offsets.get(subscriber)?.get(partition);
  }

  /** Moves a position. */
  set(subscriber: string, partition: number, offset: number): void {
    if (this.get(subscriber, partition) === offset) return;
    const position = { subscriber, partition, offset };
    this.#note(position);
    this.#file?.append(encode(position));
  }

  /** Writes what is waiting and lets go of the file. */
  close(): void {
    this.#file?.close();
  }

  #note({ subscriber, partition, offset }: Position): void {
    const known = this.#offsets.get(subscriber) ?? new Map<number, number>();
    this.#offsets.set(subscriber, known.set(partition, offset));
  }

  #all(): readonly Position[] {
    return [...this.#offsets].flatMap(([subscriber, offsets]) =>
      [...offsets].map(([partition, offset]) => ({ subscriber, partition, offset })),
    );
  }
}

/** @throws LogFileError when it is none. */
function decode(payload: Buffer, path: string): Position {
  try {
    const { subscriber, partition, offset } = JSON.parse(payload.toString()) as Record<string, unknown>;
    if (typeof subscriber === 'string' && isCount(partition) && isCount(offset)) {
      return { subscriber, partition, offset };
    }
  } catch {
    // It is no JSON, or null.
  }
  throw new LogFileError(`${path} is no log of positions`);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function encode(position: Position): Buffer {
  return Buffer.from(JSON.stringify(position));
}
