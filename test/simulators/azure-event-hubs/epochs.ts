/** Who may read a partition: owner levels ("epochs") and the limit on readers without one. */
import { condition, tracked } from './hub-errors.js';
import type { AmqpError } from './rhea-wire.js';

/** A reader, as far as ownership is concerned. */
export interface Reader {
  /** The owner level; undefined for a reader without one. */
  readonly epoch: number | undefined;
  /** Shown in error texts; `nil` when the client gave none. */
  readonly name: string;
  /** Ends the reader because another took its place. */
  disconnect(error: AmqpError): void;
}

/** Readers without an epoch per partition and consumer group. */
const maxReaders = 5;

/**
 * The readers of every partition and group of the namespace.
 */
export class ReaderRegistry {
  readonly #readers = new Map<string, Set<Reader>>();

  /**
   * Admits a reader or says why not. A reader with an epoch not below the highest present ends all others.
   *
   * @param place one text per hub, consumer group and partition.
   * @returns the error for a refused reader.
   */
  admit(place: string, reader: Reader): AmqpError | undefined {
    const present = this.#readers.get(place) ?? new Set<Reader>();
    const refusal = refusalOf(reader, present);
    if (refusal) return refusal;
    const others = [...present];
    this.#readers.set(place, present.add(reader));
    if (reader.epoch === undefined) return undefined;
    for (const other of others) other.disconnect(takenOver(reader, other));
    return undefined;
  }

  /** Forgets a reader that has gone. */
  remove(place: string, reader: Reader): void {
    const present = this.#readers.get(place);
    if (!present) return;
    present.delete(reader);
    if (present.size === 0) this.#readers.delete(place);
  }
}

function refusalOf(reader: Reader, present: ReadonlySet<Reader>): AmqpError | undefined {
  const epochs = [...present].map(({ epoch }) => epoch).filter((epoch) => epoch !== undefined);
  if (reader.epoch === undefined) {
    if (epochs.length > 0) return epochRequired(Math.max(...epochs));
    return present.size >= maxReaders ? tooMany(present) : undefined;
  }
  const highest = Math.max(Number.NEGATIVE_INFINITY, ...epochs);
  const holder = [...present].find(({ epoch }) => epoch === highest);
  return holder && reader.epoch < highest ? higherExists(reader, holder) : undefined;
}

function takenOver(reader: Reader, other: Reader): AmqpError {
  const text =
    `New receiver '${reader.name}' with higher epoch of '${reader.epoch}' is created hence current receiver ` +
    `'${other.name}' with epoch '${other.epoch ?? ''}' is getting disconnected. ` +
    'If you are recreating the receiver, make sure a higher epoch is used.';
  return { condition: condition.linkStolen, description: tracked(text) };
}

function higherExists(reader: Reader, holder: Reader): AmqpError {
  const text =
    `Receiver '${holder.name}' with a higher epoch '${holder.epoch}' already exists. Receiver '${reader.name}' with epoch ` +
    `${reader.epoch} cannot be created. Make sure you are creating receiver with increasing epoch value to ensure ` +
    'connectivity, or ensure all old epoch receivers are closed or disconnected.';
  return { condition: condition.linkStolen, description: tracked(text) };
}

function epochRequired(epoch: number): AmqpError {
  const text =
    `At least one receiver for the endpoint is created with epoch of '${epoch}', and so non-epoch receiver is not allowed. ` +
    'Either reconnect with a higher epoch, or make sure all epoch receivers are closed or disconnected.';
  return { condition: condition.linkStolen, description: tracked(text) };
}

function tooMany(present: ReadonlySet<Reader>): AmqpError {
  const names = [...present].map(({ name }) => name).join(', ');
  const text =
    'Exceeded the maximum number of allowed receivers per partition in a consumer group which is ' +
    `${maxReaders}. List of connected receivers - ${names}.`;
  return { condition: condition.resourceLimit, description: tracked(text) };
}
