/** The image's entrypoint in a container, under the conditions that Cumulocity sets. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { PackagingError } from '../package/errors.js';
import { runCommand } from '../package/run-command.js';
import { containerSettings } from './container-settings.js';
import type { LoadedImage } from './loaded-image.js';
import type { Workspace } from './workspace.js';

const START_MS = 30_000;

/** See the head of this file. */
export class Container {
  /** What the service wrote. */
  readonly lines: string[] = [];
  readonly #workspace: Workspace;
  readonly #id: string;
  #process: ChildProcess | undefined;

  /** @param workspace for its files; no two containers may share one */
  constructor(workspace: Workspace) {
    this.#workspace = workspace;
    this.#id = `prove-image-${process.pid}`;
  }

  /**
   * Starts the entrypoint. Resolves when the service listens.
   * @param environment what Cumulocity injects
   * @throws PackagingError when it ends before, or does not get that far in time
   */
  async start(
    image: LoadedImage,
    environment: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<void> {
    const bundle = this.#workspace.path('bundle');
    await mkdir(bundle);
    const settings = containerSettings(image, environment, this.#id);
    await writeFile(`${bundle}/config.json`, JSON.stringify(settings));
    const child = spawn('runc', [...this.#state(), 'run', '--bundle', bundle, this.#id], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#process = child;
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(START_MS)]);
    return new Promise((resolve, reject) => {
      const fail = (what: string): void => reject(new PackagingError(`the service ${what}`));
      child.once('error', (error) => fail(`cannot be run: ${error.message}`));
      child.once('exit', (code) => fail(`ended with code ${code} before it listened`));
      inTime.addEventListener('abort', () => fail(`did not listen within ${START_MS / 1000} s`));
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.lines.push(line);
        if (line.includes('"service started"')) resolve();
      });
    });
  }

  /** The id of the service's process, as it is seen from outside. */
  async processId(): Promise<number> {
    const state = await runCommand('runc', [...this.#state(), 'state', this.#id], { output: 'keep' });
    return (JSON.parse(state) as { pid: number }).pid;
  }

  /**
   * Asks the service to stop, as Kubernetes does.
   * @param patienceMs after so long it is killed
   * @returns its exit code
   */
  async stop(patienceMs: number): Promise<number | null> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null) return child?.exitCode ?? null;
    const exited = once(child, 'exit') as Promise<[number | null]>;
    const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    await runCommand('runc', [...this.#state(), 'kill', this.#id, 'TERM'], { output: 'keep' });
    const [code] = await exited;
    clearTimeout(timer);
    return code;
  }

  /** Ends what is left of it. */
  async remove(): Promise<void> {
    if (this.#process === undefined) return;
    await runCommand('runc', [...this.#state(), 'delete', '--force', this.#id], { output: 'keep' });
  }

  #state(): readonly string[] {
    return ['--root', this.#workspace.path('runc')];
  }
}
