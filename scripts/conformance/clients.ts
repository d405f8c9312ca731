/** The client programs: where their packages come from and how they are started. */
import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Bounds, type Command, lastLines, type Outcome, runCommand } from './command.js';
import type { Language } from './command-line.js';

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

const programs = fileURLToPath(new URL('../../test/conformance/', import.meta.url));
const repository = fileURLToPath(new URL('../../', import.meta.url));
const allTransports = ['amqp', 'tls', 'websocket'];

/** Every client, in the order they are run. */
export const clients: readonly Client[] = [
  { language: 'javascript', name: '@azure/event-hubs', folder: 'javascript', prepare: prepareJavaScript },
  { language: 'python', name: 'azure-eventhub', folder: 'python', prepare: preparePython },
  {
    language: 'python',
    name: 'python3-azure (Debian)',
    folder: 'python-debian',
    prepare: prepareDebianPython,
  },
  { language: 'go', name: 'azeventhubs', folder: 'go', prepare: prepareGo },
  { language: 'java', name: 'azure-messaging-eventhubs', folder: 'java', prepare: prepareJava },
];

async function prepareJavaScript(): Promise<Prepared> {
  const args = ['--import', 'tsx', join(programs, 'javascript', 'main.ts')];
  return { command: { program: process.execPath, args, cwd: repository }, transports: allTransports };
}

async function preparePython({ folder, signal }: Workshop): Promise<Prepared> {
  const python = join(folder, 'bin', 'python');
  if (!(await exists(python))) await need('python3', ['-m', 'venv', folder], signal);
  const packages = ['azure-eventhub', 'websocket-client'];
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--upgrade', ...packages];
  const installed = await step({ program: python, args: pip }, signal);
  // Without the network, what an earlier run has installed will do.
  if (installed.exitCode !== 0) await need(python, ['-c', 'import azure.eventhub, websocket'], signal);
  return pythonProgram(python, allTransports);
}

/** The older SDK that Debian ships. Its system interpreter is the one that sees it. */
async function prepareDebianPython({ signal }: Workshop): Promise<Prepared> {
  const python = '/usr/bin/python3';
  const probe = ['-c', 'import azure.eventhub, websocket'];
  const found = await step({ program: python, args: probe }, signal);
  if (found.exitCode !== 0) {
    if (process.getuid?.() !== 0)
      throw new Unavailable('python3-azure is not installed, and only root could');
    const packages = ['python3-azure', 'python3-websocket'];
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    const args = ['install', '--yes', '--quiet', '--no-install-recommends', ...packages];
    const installed = await step({ program: 'apt-get', args, env }, signal);
    if (installed.exitCode !== 0) throw new Unavailable(`apt-get install: ${lastLines(installed)}`);
    await need(python, probe, signal);
  }
  // It knows no plain TCP.
  return pythonProgram(python, ['tls', 'websocket']);
}

function pythonProgram(python: string, transports: readonly string[]): Prepared {
  const args = ['-B', join(programs, 'python', 'main.py')];
  return { command: { program: python, args }, transports };
}

async function prepareGo({ folder, signal }: Workshop): Promise<Prepared> {
  const program = join(folder, 'conformance');
  await need('go', ['build', '-o', program, '.'], signal, join(programs, 'go'));
  return { command: { program, args: [] }, transports: allTransports };
}

async function prepareJava({ folder, signal }: Workshop): Promise<Prepared> {
  await need('java', ['-version'], signal);
  const jars = join(folder, 'jars');
  // Those of another version must not stay beside the ones asked for.
  await rm(jars, { recursive: true, force: true });
  const maven = ['--batch-mode', '--quiet', `-Dconformance.build=${folder}`];
  const goals = ['compile', 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`];
  await need('mvn', [...maven, ...goals], signal, join(programs, 'java'));
  const path = [join(folder, 'classes'), join(jars, '*')].join(':');
  return { command: { program: 'java', args: ['-cp', path, 'conformance.Main'] }, transports: allTransports };
}

async function need(
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

function step(command: Command, signal: AbortSignal): Promise<Outcome> {
  const bounds: Bounds = { timeoutMs: stepTimeoutMs, signal };
  return runCommand(command, bounds);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
