/** One of a topic's partitions: its messages in memory and, when there is a file for them, on disk. */
import { LogFile, LogFileError, replaceLogFile } from '../../log/log-file.js';
import { RetainedList } from '../../log/retained-list.js';
import { decodeMessage, encodeMessage, type Timestamp, type WireMessage } from '../protocol.js';
import { StoreClock } from './store-clock.js';

/** What a publisher gives of a message, after it was found to be good. */
export interface NewMessage {
  readonly id: string;
  readonly body: Buffer;
  readonly zoneId: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Empty: none. */
  readonly key: Buffer;
  /** The publisher's own; `undefined`: the time of storing is taken. */
  readonly timestamp: Timestamp | undefined;
}

/** A stored message. */
export interface StoredMessage extends Omit<NewMessage, 'timestamp'> {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: Timestamp;
  /** When it was stored, in milliseconds since 1970. Retention goes by it. */
  readonly storedMs: number;
}

/** What a partition is made with. */
export interface PartitionParts {
  /** Of the file, when messages are to outlive the process. */
  readonly path?: string | undefined;
  /** That of the topic; default one of its own. */
  readonly clock?: StoreClock;
}

/** Size of what precedes the message in a record on disk: the time of storing, in milliseconds since 1970. */
const headBytes = 8;

/** See the head of this file. Offsets count from 0, one by one. */
export class Partition {
  readonly topic: string;
  readonly index: number;
  readonly #messages: RetainedList<StoredMessage>;
  readonly #listeners = new Set<() => void>();
  readonly #file: LogFile | undefined;
  readonly #clock: StoreClock;

  /**
   * @param retentionMs how long messages are kept, in milliseconds.
   * @throws LogFileError when the file is something else.
   */
  constructor(
    topic: string,
    index: number,
    retentionMs: number,
    { path, clock = new StoreClock() }: PartitionParts = {},
  ) {
    this.topic = topic;
    this.index = index;
    this.#clock = clock;
    this.#messages = new RetainedList(retentionMs, ({ storedMs }) => storedMs);
    if (path !== undefined) this.#file = this.#recover(path, Date.now() - retentionMs);
  }

  /** The offset that the next message gets. */
  get nextOffset(): number {
    return this.#messages.next;
  }

  /** The offset of the oldest message that is kept; that of the next one when none is. */
  get firstOffset(): number {
    this.#messages.expire();
    return this.#messages.first;
  }

  /** The message at an offset, or undefined when there is none yet or no longer. */
  at(offset: number): StoredMessage | undefined {
    return this.#messages.at(offset);
  }

  /** Stores a message and tells the listeners. */
  append(message: NewMessage): StoredMessage {
    this.#messages.expire();
    const storedMicros = this.#clock.next();
    const stored = {
      ...message,
      topic: this.topic,
      partition: this.index,
      offset: this.#messages.next,
      timestamp: message.timestamp ?? timestampOf(storedMicros),
      storedMs: Math.floor(storedMicros / 1000),
    };
    this.#messages.push(stored);
    this.#file?.append(encodeRecord(stored));
    for (const listener of [...this.#listeners]) listener();
    return stored;
  }

  /** Calls back when everything stored so far is as safe as it gets: with a file, when it is written. */
  whenWritten(callback: () => void): void {
    if (this.#file === undefined) callback();
    else this.#file.whenWritten(callback);
  }

  /**
   * Calls the listener after every message.
   *
   * @returns a function that ends it.
   */
  onAppended(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Writes what is waiting and lets go of the file. */
  close(): void {
    this.#file?.close();
  }

  /** Messages that are too old are dropped from the file, but for the last of all: offsets go on from it. */
  #recover(path: string, keptSinceMs: number): LogFile {
    let file = LogFile.open(path);
    const messages = this.#readAll(file, path);
    const firstKept = messages.findIndex(({ storedMs }) => storedMs >= keptSinceMs);
    const drop = Math.min(firstKept < 0 ? messages.length : firstKept, messages.length - 1);
    if (drop > 0) {
      file.close();
      replaceLogFile(path, file.recovered.slice(drop));
      file = LogFile.open(path);
    }
    const [first] = messages.slice(Math.max(0, drop));
    if (first !== undefined) this.#messages.continueAt(first.offset);
    for (const message of messages.slice(Math.max(0, drop))) {
      this.#messages.push(message);
      this.#clock.passed(message.storedMs);
    }
    return file;
  }

  /** @throws LogFileError when what is in the file is not of this partition, or not without a gap; it is closed then. */
  #readAll(file: LogFile, path: string): readonly StoredMessage[] {
    const messages = file.recovered.map((record) => decodeRecord(record));
    const first = messages[0]?.offset ?? 0;
    const isGood = (message: StoredMessage | undefined, at: number): message is StoredMessage =>
      message?.topic === this.topic && message.partition === this.index && message.offset === first + at;
    if (messages.every(isGood)) return messages;
    file.close();
    throw new LogFileError(`${path} is no log of partition ${this.index} of topic ${this.topic}`);
  }
}

function timestampOf(unixMicros: number): Timestamp {
  return { seconds: String(Math.floor(unixMicros / 1_000_000)), nanos: (unixMicros % 1_000_000) * 1000 };
}

function encodeRecord(message: StoredMessage): Buffer {
  const head = Buffer.allocUnsafe(headBytes);
  head.writeBigInt64BE(BigInt(message.storedMs));
  return Buffer.concat([head, encodeMessage(toWire(message))]);
}

/** Undefined when it is no message. */
function decodeRecord(record: Buffer): StoredMessage | undefined {
  if (record.length < headBytes) return undefined;
  const wire = decodeOrNone(record.subarray(headBytes));
  if (wire === undefined) return undefined;
  const storedMs = Number(record.readBigInt64BE(0));
  const { id, body, tags, key, topic, partition } = wire;
  return {
    ...{ id, body, tags, key, topic, partition, storedMs },
    zoneId: wire.zone_id,
    offset: Number(wire.offset),
    timestamp: wire.timestamp ?? timestampOf(storedMs * 1000),
  };
}

function decodeOrNone(bytes: Buffer): WireMessage | undefined {
  try {
    return decodeMessage(bytes);
  } catch {
    return undefined;
  }
}

/** The form in which a message is delivered and kept. */
export function toWire(message: StoredMessage): Partial<WireMessage> {
  const { id, body, zoneId, tags, key, topic, partition, offset, timestamp } = message;
  return { id, body, zone_id: zoneId, tags, key, topic, partition, offset: String(offset), timestamp };
}
