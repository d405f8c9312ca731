/** Values of options, with errors that say what was given and what is accepted. */
import { usageError } from './failures.js';

/**
 * A name of a hub or a consumer group: the letters and signs that these can have.
 * @throws ReceiveError
 */
export function readName(option: string, value: string): string {
  if (/^[\w$.-]{1,256}$/.test(value)) return value;
  throw usageError(
    `--${option}`,
    value === '' ? 'given without a name' : 'given a name with other signs',
    'letters, digits, ".", "-", "_" and "$"',
  );
}

/**
 * One of some texts.
 * @throws ReceiveError
 */
export function readChoice<T extends string>(option: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw usageError(`--${option}`, `given "${value}"`, choices.join(', '));
  return found;
}

/**
 * Values that are repeated, or have commas between them.
 * @throws ReceiveError when one is empty
 */
export function readList(option: string, values: readonly string[] = []): readonly string[] {
  const items = values.flatMap((value) => value.split(',')).map((item) => item.trim());
  if (items.includes(''))
    throw usageError(`--${option}`, 'given an empty value', 'values with commas between them');
  return items;
}

/**
 * A whole number.
 * @param most `undefined`: as large as it likes
 * @returns `undefined` when nothing was given
 * @throws ReceiveError
 */
export function readNumber(
  option: string,
  value: string | undefined,
  least: number,
  most?: number,
): number | undefined {
  if (value === undefined) return undefined;
  const isWithin = Number(value) >= least && Number(value) <= (most ?? Number.POSITIVE_INFINITY);
  if (/^\d{1,9}$/.test(value) && isWithin) return Number(value);
  const accepted = `a whole number from ${least}${most === undefined ? '' : ` to ${most}`}`;
  throw usageError(`--${option}`, `given "${value}"`, accepted);
}
