/** Durations as clients write them in metadata (Predix contract, section 3). */

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
  const [, digits, unit = ''] = /^(\d{1,9})(ms|s|m|)$/.exec(text?.trim() ?? '') ?? [];
  if (digits === undefined) return fallback;
  return clamp(Number(digits) * (unitMs[unit] ?? 1), least, most);
}

/** Reads a whole number in the same way. */
export function readCount(text: string | undefined, { fallback, least, most }: DurationLimits): number {
  const digits = /^\d{1,9}$/.exec(text?.trim() ?? '')?.[0];
  return digits === undefined ? fallback : clamp(Number(digits), least, most);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
