/** Values of options, with errors that say what was given and what is accepted. */
import type { Problem } from '../errors.js';
import { APIS, type EventFilter } from './event-filter.js';
import { codeOf, usageError } from './failures.js';
import { REMEMBERED_IDS } from './repeats.js';

/** What is wrong with a command line, without any value of it: that can be a secret without its option. */
export interface CommandLineProblem extends Pick<Problem, 'key' | 'given'> {
  /** The option that is not known; empty for another problem. */
  readonly unknown: string;
}

/**
 * Says what Node's `parseArgs` does not like.
 * @param thrown what it threw
 */
export function commandLineProblem(thrown: unknown): CommandLineProblem {
  const { message } = thrown as Error;
  const [, option = ''] = /'(?:-\w, )?--([\w-]+)/.exec(message) ?? [];
  const key = 'command line';
  switch (codeOf(thrown)) {
    case 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL':
      return { key, given: 'given a value without an option', unknown: '' };
    case 'ERR_PARSE_ARGS_UNKNOWN_OPTION':
      return {
        key,
        given: option === '' ? 'Unknown option' : `Unknown option '--${option}'`,
        unknown: option,
      };
    case 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE': {
      const isTooMuch = message.includes('does not take');
      return { key: `--${option}`, given: `given ${isTooMuch ? 'with' : 'without'} a value`, unknown: '' };
    }
    default:
      throw thrown;
  }
}

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

/** Options that say which events are wanted, of whatever hub. */
export interface GivenChoice {
  readonly tenant?: readonly string[] | undefined;
  readonly api?: readonly string[] | undefined;
  readonly source?: readonly string[] | undefined;
  readonly unique?: boolean | undefined;
  readonly remember?: string | undefined;
  readonly max?: string | undefined;
}

/** Which events are wanted. */
export interface EventChoice {
  readonly max: number;
  readonly filter: EventFilter;
  readonly isUnique: boolean;
  readonly rememberedIds: number;
}

/**
 * Which events are wanted.
 * @param isStats whether repeats are counted, which needs what was read before
 * @throws ReceiveError
 */
export function readEventChoice(values: GivenChoice, isStats: boolean): EventChoice {
  const isUnique = values.unique === true;
  const remembered = readNumber('remember', values.remember, 1) ?? REMEMBERED_IDS;
  return {
    max: readNumber('max', values.max, 1) ?? Number.POSITIVE_INFINITY,
    filter: {
      tenant: readList('tenant', values.tenant),
      api: readList('api', values.api).map((api) => readChoice('api', api, APIS)),
      source: readList('source', values.source),
    },
    isUnique,
    rememberedIds: isUnique || isStats ? remembered : 0,
  };
}
