/**
 * One copy of the service: a process that can be ended, started again and given orders. One fault at a time has
 * it in hand; a copy that ends by itself is started again, as the platform does, and counted.
 */
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type LogLine, ServiceProcess } from '../demo/service-process.js';
import type { News } from './news.js';

/** What went wrong with a copy beyond what was done to it. */
export interface CopyFailures {
  /** Ends by itself. */
  crashes: number;
  /** Stops on SIGTERM with another exit code than 0, or none in time. */
  badStops: number;
}

/** Gives a copy back, so that the next fault can have it. */
export type Release = () => void;

const ORDERS = new URL('./child-orders.mjs', import.meta.url);
/** The service gives itself 11 s (STOP_SECONDS and a second of grace). */
const LONGEST_STOP_MS = 30_000;
/** Of the log, when something went wrong. */
const LAST_LINES = 12;

/** See the head of this file. */
export class Copy {
  readonly name: string;
  readonly failures: CopyFailures = { crashes: 0, badStops: 0 };
  readonly #service: ServiceProcess;
  readonly #news: News;
  readonly #logFile: WriteStream | undefined;
  #isUp = false;
  #isOver = false;
  #inHand: Promise<void> = Promise.resolve();

  /**
   * @param environment what Cumulocity would inject; the name is added as the host's
   * @param news told what happens to the copy
   * @param logFolder where all of its log is kept, in a file of its name; `undefined`: nowhere
   */
  constructor(name: string, environment: Readonly<Record<string, string>>, news: News, logFolder?: string) {
    this.name = name;
    this.#news = news;
    if (logFolder !== undefined) this.#logFile = createWriteStream(join(logFolder, `${name}.log`));
    this.#service = new ServiceProcess({ ...environment, HOSTNAME: name }, (line) => this.#onLine(line), {
      preload: ORDERS,
      onEnded: (how) => this.#onCrash(how),
    });
  }

  /** The end of its log. */
  get lines(): readonly string[] {
    return this.#service.lines;
  }

  /** Its process id; `undefined` before the first start. */
  get processId(): number | undefined {
    return this.#service.processId;
  }

  /** Waits until no other fault has the copy in hand, and takes it. */
  async take(): Promise<Release> {
    const before = this.#inHand;
    let release: Release = () => undefined;
    this.#inHand = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    return release;
  }

  /**
   * Starts the process. One that ends before it has started counts as a crash, like one that ends later.
   * @param nodeOptions for Node itself
   */
  async start(nodeOptions: readonly string[] = []): Promise<void> {
    if (this.#isUp || this.#isOver) return;
    try {
      // Where a warning of Node comes from is worth knowing, and costs nothing.
      await this.#service.start(['--trace-warnings', ...nodeOptions]);
      this.#isUp = true;
    } catch (thrown) {
      if (!this.#isOver) this.#noteCrash((thrown as Error).message);
    }
  }

  /** Ends the process without warning. */
  async kill(): Promise<void> {
    this.#isUp = false;
    await this.#service.end('SIGKILL');
  }

  /** Stops the process in order. */
  async stop(): Promise<void> {
    if (!this.#isUp) return;
    this.#isUp = false;
    const stopped = this.#service.end('SIGTERM');
    const timeUp = new AbortController();
    const code = await Promise.race([
      stopped,
      delay(LONGEST_STOP_MS, undefined, { signal: timeUp.signal }).catch(() => undefined),
    ]);
    timeUp.abort();
    if (code === 0) return;
    this.failures.badStops++;
    const how = code === undefined ? 'nothing in time' : `code ${code}`;
    this.#say(`stopped with ${how} instead of code 0; the end of its log:\n${this.#lastWords()}`);
    await this.#service.end('SIGKILL');
  }

  /** Ends the process, whatever its state, and does not start it again. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.kill();
    const file = this.#logFile;
    if (file !== undefined) await new Promise<void>((resolve) => file.end(resolve));
  }

  /** Stops its event loop for so long. */
  stall(ms: number): void {
    this.#service.order({ stallMs: ms });
  }

  /** Sets its clock so far from the right time, in milliseconds. */
  setClock(offsetMs: number): void {
    this.#service.order({ clockOffsetMs: offsetMs });
  }

  #onCrash(how: string): void {
    this.#isUp = false;
    this.#noteCrash(`${how} by itself; the end of its log:\n${this.#lastWords()}`);
    void this.#startAgain();
  }

  #noteCrash(what: string): void {
    this.failures.crashes++;
    this.#say(what);
  }

  async #startAgain(): Promise<void> {
    const release = await this.take();
    await this.start();
    release();
  }

  #onLine(line: LogLine): void {
    this.#logFile?.write(`${JSON.stringify(line)}\n`);
    const { level, message, tenant } = line;
    if (level === 'error') this.#say(`${tenant === undefined ? '' : `${String(tenant)}: `}${message}`);
  }

  #lastWords(): string {
    return this.lines.slice(-LAST_LINES).join('\n');
  }

  #say(text: string): void {
    this.#news.say(`${this.name}: ${text}`);
  }
}
