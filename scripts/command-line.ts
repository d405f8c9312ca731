/** Reading of the commands' options, with errors that say what is accepted. */
import { type ParseArgsConfig, parseArgs } from 'node:util';

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
  /** Take one of these texts. */
  readonly choices?: Readonly<Record<string, readonly string[]>>;
  /** Take any text. */
  readonly texts?: readonly string[];
}

/** The options that were given. */
export interface Flags {
  /** The number of an option; `undefined` when it was not given. */
  number(name: string): number | undefined;
  /** The text of an option that takes one of these; `undefined` when it was not given. */
  choice<T extends string>(name: string, accepted: readonly T[]): T | undefined;
  /** The text of an option that takes any; `undefined` when it was not given. */
  text(name: string): string | undefined;
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
    ...[...names.numbers, ...Object.keys(names.choices ?? {}), ...(names.texts ?? [])].map(
      (name) => [name, { type: 'string' } as const] as const,
    ),
    ...[...names.switches, 'help'].map((name) => [name, { type: 'boolean' } as const] as const),
  ]);
  const values: Readonly<Record<string, unknown>> = parseOptions(args, options);
  for (const name of names.numbers) readNumber(name, values[name]);
  for (const [name, accepted] of Object.entries(names.choices ?? {}))
    readChoice(name, values[name], accepted);
  return {
    number: (name) => readNumber(name, values[name]),
    choice: (name, accepted) => readChoice(name, values[name], accepted),
    text: (name) => values[name] as string | undefined,
    isOn: (name) => values[name] === true,
  };
}

/**
 * Parses options strictly.
 * @param args without program and script
 * @param options as for Node's `parseArgs`
 * @throws UsageError
 */
export function parseOptions<O extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: O,
): ReturnType<typeof parseArgs<{ options: O }>>['values'] {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values;
  } catch (thrown) {
    throw new UsageError(`${(thrown as Error).message} See --help.`);
  }
}

/**
 * Chooses from a list by names that are separated by commas.
 * @param option its name, for messages
 * @returns each that is named, once, in the order of the names
 * @throws UsageError for a name that is not in the list
 */
export function chooseByName<T extends { readonly name: string }>(
  option: string,
  text: string,
  list: readonly T[],
): readonly T[] {
  const names = text.split(',').map((name) => name.trim());
  return [...new Set(names)].map((name) => {
    const found = list.find((each) => each.name === name);
    if (found !== undefined) return found;
    const accepted = list.map((each) => each.name).join(', ');
    throw new UsageError(`--${option}: given "${name}"; accepted: ${accepted}. See --help.`);
  });
}

/**
 * Runs a command and sets the exit code: what it returns, 2 for a wrong option, 1 for any other error.
 * @param main returns the exit code; its signal is aborted by Ctrl-C or SIGTERM
 */
export async function runMain(main: (interrupted: AbortSignal) => Promise<number>): Promise<void> {
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  process.once('SIGTERM', () => interrupted.abort());
  try {
    process.exitCode = await main(interrupted.signal);
  } catch (thrown) {
    const isUsage = thrown instanceof UsageError;
    process.stderr.write(`${isUsage ? thrown.message : String((thrown as Error).stack)}\n`);
    process.exitCode = isUsage ? 2 : 1;
  }
}

function readNumber(name: string, text: unknown): number | undefined {
  if (text === undefined) return undefined;
  if (typeof text !== 'string' || !/^\d{1,9}$/.test(text)) {
    throw new UsageError(`--${name}: given "${String(text)}"; accepted: a whole number. See --help.`);
  }
  return Number(text);
}

function readChoice<T extends string>(name: string, text: unknown, accepted: readonly T[]): T | undefined {
  const choice = accepted.find((each) => each === text);
  if (text === undefined || choice !== undefined) return choice;
  throw new UsageError(`--${name}: given "${String(text)}"; accepted: ${accepted.join(', ')}. See --help.`);
}
