/** What has been read so far, in numbers, and as text. */

/** Of one partition that this process reads. */
export interface PartitionFigures {
  readonly partitionId: string;
  /** Sequence number of the newest event read; `undefined` as long as nobody knows. */
  readonly read: number | undefined;
  /** How many events of the hub are still to be read; `undefined` as long as nobody knows. */
  readonly lag: number | undefined;
}

/** Counted since the start. */
export interface Counts {
  /** Taken out of the hub. */
  readonly read: number;
  /** Of these, shown: wanted by the filters and not left out. */
  readonly shown: number;
  /** Of those wanted, with a messageId that was read before. */
  readonly repeats: number;
}

const number = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

function describePartition({ partitionId, read, lag }: PartitionFigures): string {
  return `partition ${partitionId}  read up to ${read ?? '?'}  lag ${lag === undefined ? '?' : number.format(lag)}`;
}

/** All lags together; `undefined` when one is not known. */
function totalLag(partitions: readonly PartitionFigures[]): number | undefined {
  let total = 0;
  for (const { lag } of partitions) {
    if (lag === undefined) return undefined;
    total += lag;
  }
  return total;
}

/** Makes texts of figures; remembers when it was last asked, for the rate. */
export class FiguresText {
  #lastRead = 0;
  #lastMs = performance.now();

  /** Several lines, for a terminal. */
  block(counts: Counts, partitions: readonly PartitionFigures[]): readonly string[] {
    return [this.#totals(counts, partitions), ...partitions.map(describePartition)];
  }

  /** One line. */
  line(counts: Counts, partitions: readonly PartitionFigures[]): string {
    const each = partitions.map(({ partitionId, lag }) => `${partitionId}:${lag ?? '?'}`);
    return `${this.#totals(counts, partitions)}  lag by partition ${each.join(' ') || 'none'}`;
  }

  #totals({ read, shown, repeats }: Counts, partitions: readonly PartitionFigures[]): string {
    const nowMs = performance.now();
    const rate = ((read - this.#lastRead) * 1000) / Math.max(1, nowMs - this.#lastMs);
    this.#lastRead = read;
    this.#lastMs = nowMs;
    const lag = totalLag(partitions);
    return [
      `${number.format(rate)} events/s`,
      `read ${number.format(read)}`,
      `shown ${number.format(shown)}`,
      `repeats ${number.format(repeats)}`,
      `lag ${lag === undefined ? '?' : number.format(lag)}`,
    ].join('  ');
  }
}
