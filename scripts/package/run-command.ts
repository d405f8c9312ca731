/** Runs other programs. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { PackagingError } from './errors.js';

/** How a program is run. */
export interface CommandSettings {
  readonly signal?: AbortSignal | undefined;
  readonly cwd?: string | undefined;
  /** Added to the environment of this process. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** `show`: its output goes to stderr as it comes, so that long work can be watched; `keep`: it is returned. */
  readonly output: 'show' | 'keep';
}

/** How a program ended. */
export interface CommandResult {
  /** Why it did not end well; `undefined` if it did. */
  readonly failure: string | undefined;
  /** What it wrote to stdout; empty when it was shown. */
  readonly stdout: string;
}

/**
 * Runs a program and says how it ended.
 * @param program name, looked up in PATH
 * @param args its arguments
 * @throws the reason of the signal when that ends it
 */
export async function tryCommand(
  program: string,
  args: readonly string[],
  { signal, cwd, environment, output }: CommandSettings,
): Promise<CommandResult> {
  const isShown = output === 'show';
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...environment },
    // What a program shows must not get between the lines of a result on stdout.
    stdio: ['ignore', isShown ? process.stderr : 'pipe', isShown ? 'inherit' : 'pipe'],
    signal,
  });
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'ENOENT' ? 'not installed' : error.message);
    });
    child.once('close', (code, killedBy) => {
      resolve(code === 0 ? undefined : killedBy === null ? `exit code ${code}` : `ended by ${killedBy}`);
    });
  });
  const read = (stream: NodeJS.ReadableStream | null): Promise<string> =>
    stream === null ? Promise.resolve('') : text(stream);
  const [failure, stdout, stderr] = await Promise.all([ended, read(child.stdout), read(child.stderr)]);
  signal?.throwIfAborted();
  const lastLine = stderr.trim().split('\n').at(-1) ?? '';
  return { failure: failure !== undefined && lastLine !== '' ? lastLine : failure, stdout };
}

/**
 * Runs a program that must end well.
 * @param hint what to do when it does not
 * @returns what it wrote to stdout, when that is kept
 * @throws PackagingError
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  settings: CommandSettings,
  hint = '',
): Promise<string> {
  const { failure, stdout } = await tryCommand(program, args, settings);
  if (failure === undefined) return stdout;
  throw new PackagingError(`${[program, ...args].join(' ')}\nfailed: ${failure}. ${hint}`.trimEnd());
}
