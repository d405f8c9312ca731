/**
 * Judges whether what was emitted of each device stands in its hub in that order. In a partition, events stand in the
 * order in which they are read. No reader sees an order between partitions but that of the hub's own times.
 */

/** Where an event stands. */
export interface Place {
  readonly partitionId: string;
  /** When the hub took it, in milliseconds since 1970; may have a fraction. */
  readonly enqueuedAtMs: number;
}

/** A copy that was read. */
interface Copy extends Place {
  /** Place among all that were read. */
  readonly readAs: number;
}

/** See the head of this file. Copies beyond the one that the hub took first do not count. */
export class DeviceOrder {
  /** By device, the first copies by their place in the order of emission. */
  readonly #devices = new Map<string, Map<number, Copy>>();
  #reads = 0;

  /**
   * Notes a copy that was read.
   * @param position place in the order of emission
   */
  read(device: string, position: number, { partitionId, enqueuedAtMs }: Place): void {
    const copy = { partitionId, enqueuedAtMs, readAs: this.#reads++ };
    const copies = this.#devices.get(device) ?? new Map<number, Copy>();
    this.#devices.set(device, copies);
    const before = copies.get(position);
    if (before === undefined || isBehind(before, copy)) copies.set(position, copy);
  }

  /** The positions of those that stand behind something of their device that was emitted later. */
  behind(): ReadonlySet<number> {
    return new Set([...this.#devices.values()].flatMap(behindLater));
  }
}

function isBehind(left: Copy, right: Copy): boolean {
  if (left.partitionId === right.partitionId) return left.readAs > right.readAs;
  return left.enqueuedAtMs > right.enqueuedAtMs;
}

function behindLater(copies: ReadonlyMap<number, Copy>): readonly number[] {
  /** By partition, the foremost of those that were emitted later: who is behind any of them is behind that one. */
  const foremost = new Map<string, Copy>();
  const behind: number[] = [];
  for (const [position, copy] of [...copies].sort(([left], [right]) => right - left)) {
    if ([...foremost.values()].some((later) => isBehind(copy, later))) behind.push(position);
    const later = foremost.get(copy.partitionId);
    if (later === undefined || isBehind(later, copy)) foremost.set(copy.partitionId, copy);
  }
  return behind;
}
