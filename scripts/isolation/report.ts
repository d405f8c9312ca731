/** What the phases of a run come to. */

/** A phase with a fault, and the calm ones before and after it. Latencies in milliseconds. */
export interface Round {
  readonly fault: string;
  readonly calmP50: number;
  readonly calmP99: number;
  readonly faultP50: number;
  readonly faultP99: number;
  /** Events in the hubs in the phase with the fault. */
  readonly events: number;
}

/** A fault, with the medians of its rounds. */
export interface Row extends Round {
  /** The median of the rounds' ratios: no single moment of a busy machine decides. */
  readonly ratio: number;
  readonly ratios: readonly number[];
}

/** What the requirement allows: 20 % more. */
export const MOST_RATIO = 1.2;

/** Controls decide nothing. */
const CONTROLS: readonly string[] = ['none', 'large'];
const HEAD = ['fault', 'p50 calm', 'p50 fault', 'p99 calm', 'p99 fault', 'events', 'ratio', 'of the rounds'];

/**
 * The value that so large a part of all values is not above.
 * @param part from 0 to 1
 * @returns 0 when there are no values
 */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
}

/**
 * One round. What a machine does beside delays now one phase and now another: as the mean of the calm phases is the
 * geometric one, that lowers a ratio as often as it raises one.
 * @param before latencies of the calm phase before
 * @param struck latencies of the phase with the fault
 * @param after latencies of the calm phase after
 */
export function roundOf(
  fault: string,
  before: readonly number[],
  struck: readonly number[],
  after: readonly number[],
): Round {
  const calm = (part: number): number => Math.sqrt(percentile(before, part) * percentile(after, part));
  return {
    fault,
    calmP50: calm(0.5),
    calmP99: calm(0.99),
    faultP50: percentile(struck, 0.5),
    faultP99: percentile(struck, 0.99),
    events: struck.length,
  };
}

/** The faults in the order in which they came first. */
export function rowsOf(rounds: readonly Round[]): readonly Row[] {
  return [...new Set(rounds.map(({ fault }) => fault))].map((fault) => {
    const own = rounds.filter((round) => round.fault === fault);
    const median = (figure: (round: Round) => number): number => percentile(own.map(figure), 0.5);
    const ratioOf = ({ faultP99, calmP99 }: Round): number => faultP99 / calmP99;
    return {
      fault,
      calmP50: median(({ calmP50 }) => calmP50),
      calmP99: median(({ calmP99 }) => calmP99),
      faultP50: median(({ faultP50 }) => faultP50),
      faultP99: median(({ faultP99 }) => faultP99),
      events: own.reduce((sum, { events }) => sum + events, 0),
      ratio: median(ratioOf),
      ratios: own.map(ratioOf),
    };
  });
}

/** Whether no fault has made the others slower than is allowed, and there was something to be measured. */
export function isGood(rows: readonly Row[]): boolean {
  const isFine = ({ fault, ratio, events }: Row): boolean =>
    events > 0 && (CONTROLS.includes(fault) || ratio <= MOST_RATIO);
  return rows.length > 0 && rows.every(isFine);
}

/** A table for people; latencies in milliseconds. */
export function lines(rows: readonly Row[]): readonly string[] {
  const cells = rows.map(({ fault, calmP50, faultP50, calmP99, faultP99, events, ratio, ratios }) => [
    fault,
    ...[calmP50, faultP50, calmP99, faultP99].map((ms) => ms.toFixed(1)),
    String(events),
    ratio.toFixed(2),
    ratios.map((each) => each.toFixed(2)).join(' '),
  ]);
  const table = [HEAD, ...cells];
  const widths = HEAD.map((_, at) => Math.max(...table.map((row) => row[at]?.length ?? 0)));
  return table.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
