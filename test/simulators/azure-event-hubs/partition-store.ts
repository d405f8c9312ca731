/** The log of a partition on disk: one record for each append, so that a batch is kept as a whole or not at all. */
import { LogFile, replaceLogFile } from '../log/log-file.js';

/** What one append stored. */
export interface StoredBatch {
  readonly firstSequence: number;
  readonly firstOffset: number;
  readonly enqueuedTimeMs: number;
  readonly partitionKey: string | undefined;
  readonly encoded: readonly Buffer[];
}

/** Size of the fields before the key: sequence number, offset and time as 8 bytes each, length of the key as 4. */
const headBytes = 28;

/** Length that stands for no key; a key itself has at most 128 characters. */
const noKey = 0xffff_ffff;

/** Keeps the batches of one partition. */
export class PartitionStore {
  /** The batches of earlier runs, oldest first. */
  readonly recovered: readonly StoredBatch[];
  readonly #log: LogFile;

  /**
   * Opens the store. Batches from before `keptSinceMs` are dropped from the file, but for the last of all: the
   * numbers go on from it.
   *
   * @throws LogFileError when the file is something else.
   */
  constructor(path: string, keptSinceMs: number) {
    let log = LogFile.open(path);
    const times = log.recovered.map((payload) => decodeBatch(payload).enqueuedTimeMs);
    const firstKept = times.findIndex((time) => time >= keptSinceMs);
    const drop = Math.min(firstKept < 0 ? times.length : firstKept, times.length - 1);
    if (drop > 0) {
      log.close();
      replaceLogFile(path, log.recovered.slice(drop));
      log = LogFile.open(path);
    }
    this.#log = log;
    this.recovered = log.recovered.map(decodeBatch);
  }

  /** Appends a batch. */
  append(batch: StoredBatch): void {
    this.#log.append(encodeBatch(batch));
  }

  /** Calls back when everything appended so far is written. */
  whenWritten(callback: () => void): void {
    this.#log.whenWritten(callback);
  }

  /** Writes what is waiting and closes the file. Safe to call twice. */
  close(): void {
    this.#log.close();
  }
}

function encodeBatch(batch: StoredBatch): Buffer {
  const key = Buffer.from(batch.partitionKey ?? '');
  const head = Buffer.allocUnsafe(headBytes);
  head.writeBigInt64BE(BigInt(batch.firstSequence), 0);
  head.writeBigInt64BE(BigInt(batch.firstOffset), 8);
  head.writeBigInt64BE(BigInt(batch.enqueuedTimeMs), 16);
  head.writeUInt32BE(batch.partitionKey === undefined ? noKey : key.length, 24);
  const parts: Buffer[] = [head, key];
  for (const event of batch.encoded) {
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32BE(event.length);
    parts.push(length, event);
  }
  return Buffer.concat(parts);
}

/** Whole and right is what the sum of the record vouches for. */
function decodeBatch(payload: Buffer): StoredBatch {
  const keyLength = payload.readUInt32BE(24);
  const keyEnd = headBytes + (keyLength === noKey ? 0 : keyLength);
  const encoded: Buffer[] = [];
  for (let at = keyEnd; at < payload.length; ) {
    const end = at + 4 + payload.readUInt32BE(at);
    encoded.push(payload.subarray(at + 4, end));
    at = end;
  }
  return {
    firstSequence: Number(payload.readBigInt64BE(0)),
    firstOffset: Number(payload.readBigInt64BE(8)),
    enqueuedTimeMs: Number(payload.readBigInt64BE(16)),
    partitionKey: keyLength === noKey ? undefined : payload.toString('utf8', headBytes, keyEnd),
    encoded,
  };
}
