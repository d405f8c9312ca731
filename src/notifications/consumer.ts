/**
 * Reads one Notification 2.0 topic for as long as it lives: connects, and connects again. The one owner of the
 * retry of a connection, and of the decision what a refused upgrade means.
 *
 * States, and what leads from each to the next:
 *
 *     connecting  prepares (subscription, fresh token) and opens a connection -> open, waiting
 *     open        notifications come in                                       -> waiting   connection lost
 *     waiting     backoff                                                     -> connecting
 *     any state                                                               -> stopped   by stop
 *
 * Whether reading is paused is a fact about a connection, not a state: it survives a reconnect.
 */
import { type BackoffOptions, backoffMs, wait } from '../backoff.js';
import { PlatformError, reasonOf } from '../errors.js';
import type { Log } from '../log.js';
import { Connection, type ConnectionTiming, type OnFrame } from './connection.js';

/** One of the states above. */
export type ConsumerState = 'connecting' | 'open' | 'waiting' | 'stopped';

const LEADS_TO: Readonly<Record<ConsumerState, readonly ConsumerState[]>> = {
  connecting: ['open', 'waiting', 'stopped'],
  open: ['waiting', 'stopped'],
  waiting: ['connecting', 'stopped'],
  stopped: [],
};

/** Times of a consumer in milliseconds. */
export interface ConsumerTiming extends ConnectionTiming {
  readonly backoff: BackoffOptions;
  /** The least wait after a 409: another connection still counts as this consumer. */
  readonly conflictMs: number;
}

/** What a consumer is given. */
export interface ConsumerOptions {
  /**
   * Called before every attempt to connect. Makes sure that the subscription exists and returns the address with
   * a fresh token, because a token is checked whenever a connection is made.
   */
  readonly prepare: (signal: AbortSignal) => Promise<string>;
  readonly onFrame: OnFrame;
  /** Called when a connection is there. */
  readonly onOpen?: () => void;
  /** Called when a connection is gone, before the next one is tried. */
  readonly onLost: () => void;
  readonly log: Log;
  readonly timing: ConsumerTiming;
}

/** See the head of this file. */
export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #abort = new AbortController();
  #state: ConsumerState = 'connecting';
  #connection: Connection | undefined;
  #running: Promise<void> = Promise.resolve();
  #isPaused = false;
  /** In a row. A connection ends the row when it brings a notification, or lasts longer than the longest wait. */
  #failedAttempts = 0;
  #lastFailure: string | undefined;

  constructor(options: ConsumerOptions) {
    this.#options = options;
  }

  get state(): ConsumerState {
    return this.#state;
  }

  /** Why the consumer is not open, in one sentence; `undefined` while it is open. */
  get lastFailure(): string | undefined {
    return this.#lastFailure;
  }

  /** Begins to connect. */
  start(): void {
    this.#running = this.#run();
  }

  /** Stops reading, on this connection and on those that follow. */
  pause(): void {
    this.#isPaused = true;
    this.#connection?.pause();
  }

  /** Goes on reading. */
  resume(): void {
    this.#isPaused = false;
    this.#connection?.resume();
  }

  /** Closes the connection in order; the next one is made with a fresh token. */
  async reconnect(): Promise<void> {
    await this.#connection?.close();
  }

  /** Connects no more; an open connection stays. Resolves when no attempt to connect is under way. */
  async connectNoMore(): Promise<void> {
    this.#stopConnecting();
    if (this.#connection === undefined) await this.#running;
  }

  /** Closes the connection in order and stays closed. The subscriber and its backlog stay with the platform. */
  async stop(): Promise<void> {
    this.#stopConnecting();
    await this.#connection?.close();
    await this.#running;
  }

  /**
   * Like `stop`, but asks the platform over the open connection to remove the subscriber and its backlog.
   * @returns whether there was an open connection to ask over
   */
  async unsubscribe(): Promise<boolean> {
    this.#stopConnecting();
    const connection = this.#connection;
    await connection?.unsubscribe();
    await this.#running;
    return connection !== undefined;
  }

  readonly #onFrame: OnFrame = (frame, connection) => {
    this.#failedAttempts = 0;
    this.#options.onFrame(frame, connection);
  };

  async #run(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      const leastWaitMs = await this.#connectAndRead();
      if (this.#abort.signal.aborted) return;
      this.#enter('waiting');
      const ms = Math.max(leastWaitMs, backoffMs(this.#failedAttempts, this.#options.timing.backoff));
      await wait(ms, this.#abort.signal);
      if (this.#abort.signal.aborted) return;
      this.#enter('connecting');
    }
  }

  /** One connection from beginning to end. Returns the least time to wait before the next, in milliseconds. */
  async #connectAndRead(): Promise<number> {
    const { prepare, onLost, timing, log } = this.#options;
    const { signal } = this.#abort;
    try {
      const url = await prepare(signal);
      this.#connection = await Connection.open(url, timing, this.#onFrame, signal);
    } catch (thrown) {
      return this.#connectFailed(thrown);
    }
    if (signal.aborted) {
      await this.#connection.close();
      return 0;
    }
    this.#enter('open');
    this.#lastFailure = undefined;
    if (this.#isPaused) this.#connection.pause();
    log.info('consumer connected');
    this.#options.onOpen?.();
    const openedAt = performance.now();
    const reason = await this.#connection.closed;
    this.#connection = undefined;
    if (performance.now() - openedAt > timing.backoff.longestMs) this.#failedAttempts = 0;
    this.#failedAttempts++;
    this.#lastFailure = reason;
    onLost();
    if (!signal.aborted) log.warn('consumer connection lost, connecting again', { reason });
    return 0;
  }

  #connectFailed(thrown: unknown): number {
    const { log, timing } = this.#options;
    this.#failedAttempts++;
    const reason = reasonOf(thrown);
    // One line per change: a platform that is away for a day is not worth a line per attempt.
    if (reason !== this.#lastFailure && !this.#abort.signal.aborted) {
      log.warn('consumer could not connect, trying again', { reason });
    }
    this.#lastFailure = reason;
    return thrown instanceof PlatformError && thrown.status === 409 ? timing.conflictMs : 0;
  }

  #stopConnecting(): void {
    if (this.#state !== 'stopped') this.#enter('stopped');
    this.#abort.abort();
  }

  #enter(next: ConsumerState): void {
    if (!LEADS_TO[this.#state].includes(next)) {
      throw new Error(`consumer: no way from ${this.#state} to ${next}`);
    }
    this.#state = next;
  }
}
