import type { JsonObject } from './json.js';
import { RecordStore, type StoredRecord } from './record-store.js';

/** A stored alarm. */
export interface AlarmRecord extends StoredRecord {
  document: JsonObject;
}

/** The alarms of a tenant, with those that are not cleared at hand for de-duplication and counting. */
export class AlarmStore extends RecordStore<AlarmRecord> {
  readonly #open = new Map<string, Map<string, AlarmRecord>>();

  /** The alarms of a source that are active or acknowledged. */
  openOf(source: string): Iterable<AlarmRecord> {
    return this.#open.get(source)?.values() ?? [];
  }

  /** Notes the present status of an alarm; to be called after each change of it. */
  noteStatus(record: AlarmRecord): void {
    if (record.document['status'] === 'CLEARED') {
      this.#close(record);
      return;
    }
    const open = this.#open.get(record.source);
    if (open === undefined) this.#open.set(record.source, new Map([[record.id, record]]));
    else open.set(record.id, record);
  }

  override delete(id: string): void {
    const record = this.get(id);
    if (record !== undefined) this.#close(record);
    super.delete(id);
  }

  #close(record: AlarmRecord): void {
    const open = this.#open.get(record.source);
    open?.delete(record.id);
    if (open?.size === 0) this.#open.delete(record.source);
  }
}
