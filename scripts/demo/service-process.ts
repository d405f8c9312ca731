/** The real service as a process of its own: what `npm start` and the image run, with the demo's environment. */
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** A line of the service's log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** What a process is given besides its environment. */
export interface ServiceProcessOptions {
  /** A module that runs before the service and takes orders over a channel; see `order`. */
  readonly preload?: URL;
  /** Called when the process ends by itself, once it had started, with exit code or signal. */
  readonly onEnded?: (how: string) => void;
}

const ENTRY = new URL('../../dist/main.js', import.meta.url);
const KEPT_LINES = 200;

/** See the head of this file. */
export class ServiceProcess {
  readonly #environment: Readonly<Record<string, string>>;
  readonly #onLine: (line: LogLine) => void;
  readonly #options: ServiceProcessOptions;
  readonly #lines: string[] = [];
  #process: ChildProcess | undefined;
  #isEnding = false;

  /**
   * @param environment what Cumulocity would inject; nothing else is passed on but PATH
   * @param onLine called for each line of the log
   */
  constructor(
    environment: Readonly<Record<string, string>>,
    onLine: (line: LogLine) => void,
    options: ServiceProcessOptions = {},
  ) {
    this.#environment = environment;
    this.#onLine = onLine;
    this.#options = options;
  }

  /** The last lines of the log, to be shown when a run went wrong. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Its process id; `undefined` before the first start. */
  get processId(): number | undefined {
    return this.#process?.pid;
  }

  /**
   * Starts the service.
   * @param nodeOptions for Node itself, for example `--max-old-space-size=64`
   * @returns the port of its HTTP endpoints
   * @throws when it ends before it listens
   */
  async start(nodeOptions: readonly string[] = []): Promise<number> {
    const { preload, onEnded } = this.#options;
    const preloaded = preload === undefined ? [] : ['--import', preload.href];
    const child = spawn(process.execPath, [...nodeOptions, ...preloaded, ENTRY.pathname], {
      env: { PATH: process.env['PATH'], ...this.#environment },
      stdio: ['ignore', 'pipe', 'inherit', ...(preload === undefined ? [] : (['ipc'] as const))],
      // A process group of its own: Ctrl-C is for the command, which stops the service when its turn has come.
      detached: true,
    }) as ChildProcessByStdio<null, Readable, null>;
    this.#process = child;
    this.#isEnding = false;
    let hasStarted = false;
    return new Promise((resolve, reject) => {
      child.once('exit', (code, signal) => {
        const how = `the service ended with ${code === null ? signal : `code ${code}`}`;
        if (hasStarted && !this.#isEnding) onEnded?.(how);
        reject(new Error(`${how}:\n${this.#lines.slice(-5).join('\n')}`));
      });
      createInterface({ input: child.stdout }).on('line', (text) => {
        const line = this.#keep(text);
        this.#onLine(line);
        if (line.message !== 'service started') return;
        hasStarted = true;
        resolve(Number(line['port']));
      });
    });
  }

  /**
   * Gives an order to the preloaded module.
   * @returns whether there is a process that can get it
   */
  order(order: object): boolean {
    const child = this.#process;
    if (child?.connected !== true) return false;
    // Without a callback, a channel that closes in this moment would end this process.
    child.send(order, () => undefined);
    return true;
  }

  /** Ends the process by a signal and waits until it is gone. Returns its exit code, `null` for a killed one. */
  async end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | null> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return null;
    const exited = once(child, 'exit') as Promise<[number | null]>;
    this.#isEnding = true;
    child.kill(signal);
    const [code] = await exited;
    return code;
  }

  #keep(text: string): LogLine {
    this.#lines.push(text);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
    try {
      return JSON.parse(text) as LogLine;
    } catch {
      // What Node itself says, for example when its memory is used up.
      return { level: 'error', message: text };
    }
  }
}
