/** Reading of the commands' options, with errors that say what is accepted. */
import { parseArgs } from 'node:util';

/** A wrong option; the message says which, what was given and what is accepted. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The options that a command takes, besides `--help`. */
export interface FlagNames {
  /** Take a whole number. */
  readonly numbers: readonly string[];
  /** Take nothing. */
  readonly switches: readonly string[];
}

/** The options that were given. */
export interface Flags {
  /** The number of an option; `undefined` when it was not given. */
  number(name: string): number | undefined;
  isOn(name: string): boolean;
}

/**
 * Reads a command line.
 * @param args without program and script
 * @param names what is accepted
 * @throws UsageError
 */
export function readFlags(args: readonly string[], names: FlagNames): Flags {
  const options = Object.fromEntries([
    ...names.numbers.map((name) => [name, { type: 'string' } as const] as const),
    ...[...names.switches, 'help'].map((name) => [name, { type: 'boolean' } as const] as const),
  ]);
  const values = parse(args, options);
  for (const name of names.numbers) readNumber(name, values[name]);
  return {
    number: (name) => readNumber(name, values[name]),
    isOn: (name) => values[name] === true,
  };
}

function parse(
  args: readonly string[],
  options: Record<string, { type: 'string' | 'boolean' }>,
): Record<string, unknown> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values;
  } catch (thrown) {
    throw new UsageError(`${(thrown as Error).message} See --help.`);
  }
}

function readNumber(name: string, text: unknown): number | undefined {
  if (text === undefined) return undefined;
  if (typeof text !== 'string' || !/^\d{1,9}$/.test(text)) {
    throw new UsageError(`--${name}: given "${String(text)}"; accepted: a whole number. See --help.`);
  }
  return Number(text);
}
