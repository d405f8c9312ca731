import { Deque } from './deque.js';

/** One measurement, event, alarm or operation. */
export interface StoredRecord {
  readonly id: string;
  /** Id of the managed object. */
  readonly source: string;
  readonly type: string | undefined;
  /** Epoch ms of `time`, by which lists are sorted and filtered. */
  timeMs: number;
  /** The object as JSON on one line, as last published. */
  json: string;
}

/** Records of one API of one tenant, by id and by source; the oldest are forgotten beyond a limit. */
export class RecordStore<T extends StoredRecord = StoredRecord> {
  readonly #keep: number;
  readonly #byId = new Map<string, T>();
  readonly #bySource = new Map<string, Map<string, T>>();
  readonly #order = new Deque<string>();

  /** @param keep number of records kept */
  constructor(keep: number) {
    this.#keep = keep;
  }

  /** One by its id. */
  get(id: string): T | undefined {
    return this.#byId.get(id);
  }

  /** Adds one; the oldest goes when there are too many. */
  add(record: T): void {
    this.#byId.set(record.id, record);
    this.#order.push(record.id);
    let sameSource = this.#bySource.get(record.source);
    if (sameSource === undefined) {
      sameSource = new Map();
      this.#bySource.set(record.source, sameSource);
    }
    sameSource.set(record.id, record);
    while (this.#byId.size > this.#keep && this.#order.length > 0) this.delete(this.#order.shift() ?? '');
  }

  /** Removes one, if it is there. */
  delete(id: string): void {
    const record = this.#byId.get(id);
    if (record === undefined) return;
    this.#byId.delete(id);
    const sameSource = this.#bySource.get(record.source);
    sameSource?.delete(id);
    if (sameSource?.size === 0) this.#bySource.delete(record.source);
  }

  /** Removes everything of a managed object. */
  deleteSource(source: string): void {
    for (const id of [...(this.#bySource.get(source)?.keys() ?? [])]) this.delete(id);
  }

  /** Those of a source, or all; in the order they were added. */
  of(source: string | undefined): Iterable<T> {
    return source === undefined ? this.#byId.values() : (this.#bySource.get(source)?.values() ?? []);
  }

  /**
   * Those of a source (or all) that pass the filter, oldest `time` first.
   *
   * @param source id of the managed object, undefined for all
   */
  select(source: string | undefined, accept: (record: T) => boolean): T[] {
    const found: T[] = [];
    let sorted = true;
    for (const record of this.of(source)) {
      if (!accept(record)) continue;
      sorted = sorted && (found.at(-1)?.timeMs ?? 0) <= record.timeMs;
      found.push(record);
    }
    return sorted ? found : found.sort((a, b) => a.timeMs - b.timeMs);
  }
}
