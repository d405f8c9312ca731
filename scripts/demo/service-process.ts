/** The real service as a process of its own: what `npm start` and the image run, with the demo's environment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A line of the service's log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

const ENTRY = new URL('../../dist/main.js', import.meta.url);
const KEPT_LINES = 200;

/** See the head of this file. */
export class ServiceProcess {
  readonly #environment: Readonly<Record<string, string>>;
  readonly #onLine: (line: LogLine) => void;
  readonly #lines: string[] = [];
  #process: ChildProcess | undefined;

  /**
   * @param environment what Cumulocity would inject; nothing else is passed on but PATH
   * @param onLine called for each line of the log
   */
  constructor(environment: Readonly<Record<string, string>>, onLine: (line: LogLine) => void) {
    this.#environment = environment;
    this.#onLine = onLine;
  }

  /** The last lines of the log, to be shown when a run went wrong. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /**
   * Starts the service.
   * @returns the port of its HTTP endpoints
   * @throws when it ends before it listens
   */
  async start(): Promise<number> {
    const child = spawn(process.execPath, [ENTRY.pathname], {
      env: { PATH: process.env['PATH'], ...this.#environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#process = child;
    return new Promise((resolve, reject) => {
      child.once('exit', (code) => {
        reject(new Error(`the service ended with code ${code}:\n${this.#lines.slice(-5).join('\n')}`));
      });
      createInterface({ input: child.stdout }).on('line', (text) => {
        this.#lines.push(text);
        if (this.#lines.length > KEPT_LINES) this.#lines.shift();
        const line = JSON.parse(text) as LogLine;
        this.#onLine(line);
        if (line.message === 'service started') resolve(Number(line['port']));
      });
    });
  }

  /** Ends the process by a signal and waits until it is gone. Returns its exit code, `null` for a killed one. */
  async end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | null> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return null;
    const exited = once(child, 'exit') as Promise<[number | null]>;
    child.kill(signal);
    const [code] = await exited;
    return code;
  }
}
