/** Runs programs of others: bounded in time, and ended with everything they started. */
import { type ChildProcess, spawn } from 'node:child_process';

/** A program and how it is called. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Bounds of one call. */
export interface Bounds {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** How a call ended. */
export interface Outcome {
  /** Undefined when it was not started or was ended from here. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

/**
 * Runs a program to its end.
 *
 * @param onLine hears every line of its standard output as it comes.
 */
export async function runCommand(
  command: Command,
  { timeoutMs, signal }: Bounds,
  onLine: (line: string) => void = () => undefined,
): Promise<Outcome> {
  const child = spawn(command.program, command.args, {
    cwd: command.cwd,
    env: { ...process.env, ...command.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that what the program starts is ended with it.
    detached: true,
  });
  let timedOut = false;
  const end = () => endGroup(child);
  const timer = setTimeout(() => {
    timedOut = true;
    end();
  }, timeoutMs);
  signal.addEventListener('abort', end);
  const output = collect(child, onLine);
  const exitCode = await new Promise<number | undefined>((resolve) => {
    child.once('error', (error) => {
      output.stderr += error.message;
      resolve(undefined);
    });
    child.once('close', (code) => resolve(code ?? undefined));
  });
  clearTimeout(timer);
  signal.removeEventListener('abort', end);
  end();
  return { exitCode, ...output, timedOut };
}

function collect(child: ChildProcess, onLine: (line: string) => void): { stdout: string; stderr: string } {
  const output = { stdout: '', stderr: '' };
  let rest = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  return output;
}

/** The last lines of what a program said, for a report. */
export function lastLines(outcome: Outcome, count = 4): string {
  const text = outcome.stderr.trim() || outcome.stdout.trim();
  return text.split('\n').slice(-count).join(' ');
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of the group is left.
  }
}
