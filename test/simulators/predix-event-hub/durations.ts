/** Durations and numbers as clients write them in metadata (Predix contract, section 3). */

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** The limits of a duration, in milliseconds. */
export interface DurationLimits {
  readonly fallback: number;
  readonly least: number;
  readonly most: number;
}

/**
 * Reads a duration; what is out of range is moved to the limit, what cannot be read is the fallback.
 *
 * @param text a number with `ms`, `s` or `m`, or with nothing for milliseconds; undefined when not given.
 * @returns milliseconds.
 */
export function readDuration(text: string | undefined, { fallback, least, most }: DurationLimits): number {
  const [, digits, unit = ''] = /^(-?\d+)(ms|s|m|)$/.exec(text?.trim() ?? '') ?? [];
  if (digits === undefined) return fallback;
  return clamp(Number(digits) * (unitMs[unit] ?? 1), least, most);
}

/** Reads a whole number in the same way. */
export function readCount(text: string | undefined, { fallback, least, most }: DurationLimits): number {
  const digits = /^-?\d+$/.exec(text?.trim() ?? '')?.[0];
  return digits === undefined ? fallback : clamp(Number(digits), least, most);
}

/** Where a client's values come from, and who is told of those that are out of range. */
export interface ValueSource {
  /** Gives the value of a header or of a key of the metadata. */
  readonly header: (name: string) => string | undefined;
  /** Takes a line for each value that is out of range. */
  readonly log: (line: string) => void;
}

/** Reads a value by its name, and logs when it had to be moved to the limit. */
export function readLimited(
  { header, log }: ValueSource,
  read: typeof readDuration | typeof readCount,
  name: string,
  limits: DurationLimits,
): number {
  const text = header(name);
  const value = read(text, limits);
  const asked = read(text, { ...limits, least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY });
  if (asked !== value) log(`${name} ${asked} is out of range: ${value} is used`);
  return value;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
