/** What getting the packages of client programs, in any language, has in common. */
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, lastLines, type Outcome, runCommand } from './command.js';
import type { Language } from './command-line.js';
import type { HubName } from './hub.js';

/** What preparing a client may use. */
export interface Workshop {
  /** For packages and what is built of them; outside the repository, kept from run to run. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** A client program that can be started. */
export interface Prepared {
  readonly command: Command;
  readonly transports: readonly string[];
}

/** One SDK in one version. */
export interface Client {
  readonly hub: HubName;
  readonly language: Language;
  readonly name: string;
  /** Name of its folder in the cache. */
  readonly folder: string;
  /** @throws Unavailable when its toolchain or packages cannot be had here. */
  prepare(workshop: Workshop): Promise<Prepared>;
}

/** A client that cannot be had here; the message says why. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

/** Longest that one step of getting packages may take, in milliseconds. */
const stepTimeoutMs = 300_000;

/** The repository. */
export const repository = fileURLToPath(new URL('../../', import.meta.url));
/** Folder of the client programs. */
export const programs = join(repository, 'test', 'conformance');
/** The interpreter that sees what Debian ships. */
export const systemPython = '/usr/bin/python3';

/**
 * Does a step that the client cannot be had without.
 *
 * @throws Unavailable
 */
export async function need(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
  cwd?: string,
): Promise<void> {
  const outcome = await step(cwd === undefined ? { program, args } : { program, args, cwd }, signal);
  if (outcome.exitCode === 0) return;
  const why = outcome.timedOut ? 'took too long' : lastLines(outcome);
  throw new Unavailable(`${program} ${args.slice(0, 3).join(' ')}: ${why}`);
}

/**
 * Has packages of Debian installed, where they are not.
 *
 * @param modules what the system's Python is to find in them.
 * @throws Unavailable
 */
export async function needDebianPython(
  packages: readonly string[],
  modules: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const probe = ['-c', `import ${modules.join(', ')}`];
  const found = await step({ program: systemPython, args: probe }, signal);
  if (found.exitCode === 0) return;
  if (process.getuid?.() !== 0) {
    const [first = ''] = packages;
    throw new Unavailable(`${first} is not installed, and only root could`);
  }
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const args = ['install', '--yes', '--quiet', '--no-install-recommends', ...packages];
  const installed = await step({ program: 'apt-get', args, env }, signal);
  if (installed.exitCode !== 0) throw new Unavailable(`apt-get install: ${lastLines(installed)}`);
  await need(systemPython, probe, signal);
}

/** How a program in Python is started; what the programs share, and more folders, are on its path. */
export function pythonCommand(python: string, folder: string, ...path: readonly string[]): Command {
  const env = { PYTHONPATH: [join(programs, 'python-shared'), ...path].join(delimiter) };
  return { program: python, args: ['-B', join(programs, folder, 'main.py')], env };
}

/** Does a step; its outcome says whether it went well. */
export function step(command: Command, signal: AbortSignal): Promise<Outcome> {
  return runCommand(command, { timeoutMs: stepTimeoutMs, signal });
}

/** Whether there is such a file or folder. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
