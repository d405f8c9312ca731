/**
 * Idempotent publishing: producers number their events, and the hub stores each number once.
 *
 * The service's error texts and its window are not published; this keeps the last number per producer and takes
 * any range that ends at or before it for a repeat.
 */

/** The numbers a producer goes by. `lastSequence` is -1 before its first event. */
export interface Publisher {
  readonly id: number;
  epoch: number;
  lastSequence: number;
}

/** What a producer asks for when it attaches; undefined leaves the choice to the hub. */
export interface PublisherRequest {
  readonly id: number | undefined;
  readonly epoch: number | undefined;
  readonly lastSequence: number | undefined;
}

/** What is to be done with a range of numbers. */
export type SequenceVerdict = 'store' | 'repeat' | 'outOfOrder' | 'epochStolen';

const maxSequence = 0x7fffffff;
let nextPublisherId = 1;

/** The idempotent producers of one partition. */
export class PublisherSequences {
  readonly #publishers = new Map<number, Publisher>();

  /**
   * Registers a producer at its attach.
   *
   * @returns the producer, or undefined when a higher epoch of it is known.
   */
  open(request: PublisherRequest): Publisher | undefined {
    const known = request.id === undefined ? undefined : this.#publishers.get(request.id);
    if (known) {
      if (request.epoch !== undefined && request.epoch < known.epoch) return undefined;
      known.epoch = request.epoch ?? known.epoch + 1;
      return known;
    }
    const publisher = {
      id: request.id ?? nextPublisherId++,
      epoch: request.epoch ?? 0,
      lastSequence: request.lastSequence ?? -1,
    };
    this.#publishers.set(publisher.id, publisher);
    return publisher;
  }

  /**
   * Judges a batch by the number of its first event and its length, and advances when it is to be stored.
   *
   * @param epoch the epoch of the link it came on.
   */
  accept(publisher: Publisher, epoch: number, first: number, count: number): SequenceVerdict {
    if (epoch < publisher.epoch) return 'epochStolen';
    if (first === following(publisher.lastSequence, 1)) {
      publisher.lastSequence = following(publisher.lastSequence, count);
      return 'store';
    }
    return first + count - 1 <= publisher.lastSequence ? 'repeat' : 'outOfOrder';
  }
}

/** Numbers run to the largest int and go on at 0. */
function following(sequence: number, steps: number): number {
  const next = sequence + steps;
  return next > maxSequence ? next - maxSequence - 1 : next;
}
