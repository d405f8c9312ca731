/**
 * A tenant's connector object as this copy of the service uses it: it writes its record there again and again and
 * reads what the others wrote. Every fragment has one writer at a time, so nothing has to be locked.
 */
import { type BackoffOptions, backoffMs, wait } from '../backoff.js';
import { ConnectorObject, type ObjectFragments } from '../cumulocity/connector-object.js';
import type { PlatformClient } from '../cumulocity/platform-client.js';
import { PlatformError, reasonOf } from '../errors.js';
import type { Log } from '../log.js';
import type { PlatformClock } from '../platform-clock.js';
import {
  type CopyRecord,
  copyFragment,
  LiveCopies,
  type RouteRecord,
  readCopyRecords,
} from './copy-records.js';

/** What a connector is made of. */
export interface ConnectorParts {
  readonly service: PlatformClient;
  /** Of its user, for the record; see `userMark`. */
  readonly userMark?: string | undefined;
  readonly clock: PlatformClock;
  readonly applicationName: string;
  readonly copyName: string;
  readonly heartbeatMs: number;
  readonly backoff: BackoffOptions;
  readonly log: Log;
  /** What this copy knows of each route, by its name. */
  readonly report: () => Readonly<Record<string, RouteRecord>>;
  /**
   * Called after each beat with all fragments, and when they were asked for, on the clock of `performance.now`. Must
   * not throw.
   */
  readonly onBeat: (fragments: ObjectFragments, askedAtMs: number) => void;
}

/** The service lacks a role; waiting does not give it one. */
const FORBIDDEN = 403;

/** The record of a copy that was not seen for so long is taken out. */
const FORGET_MS = 7 * 24 * 60 * 60 * 1000;

/** See the head of this file. */
export class Connector {
  readonly #parts: ConnectorParts;
  readonly #object: ConnectorObject;
  readonly #own: string;
  readonly #copies: LiveCopies;
  readonly #abort = new AbortController();
  #wake = new AbortController();
  #userMark: string | undefined;
  #beat = Date.now();
  #before: ReadonlyMap<string, CopyRecord> = new Map();
  #failure: string | undefined;
  #hasStarted = false;
  #hasBeaten = false;
  #beating: Promise<void> = Promise.resolve();

  constructor(parts: ConnectorParts) {
    this.#parts = parts;
    this.#userMark = parts.userMark;
    this.#object = new ConnectorObject(parts.service, parts.applicationName);
    this.#own = copyFragment(parts.copyName);
    this.#copies = new LiveCopies(this.#own, parts.heartbeatMs);
  }

  /** Why the object could not be written the last time; `undefined` when it could. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** How many copies are alive, this one included. */
  get copies(): number {
    return this.#copies.fragments.length;
  }

  /** Whether this copy does what only one of them should do. */
  get isLeading(): boolean {
    return this.#failure === undefined && this.ledLast;
  }

  /**
   * The same as far as it was known last: what two copies may do at the same time has to go on although the connector
   * object cannot be written.
   */
  get ledLast(): boolean {
    return this.#copies.isLeading;
  }

  /** What copies had written before this one began. */
  get recordsBefore(): ReadonlyMap<string, CopyRecord> {
    return this.#before;
  }

  /** The names of the fragments of all copies that are alive. */
  get fragmentsAlive(): readonly string[] {
    return this.#copies.fragments;
  }

  /** Whether the record has been written at least once, and the others' been read. */
  get hasBeaten(): boolean {
    return this.#hasBeaten;
  }

  /** Whether a copy is alive. */
  isAlive(copyName: string): boolean {
    return this.#copies.fragments.includes(copyFragment(copyName));
  }

  /** The id of the managed object, on which alarms are raised. */
  id(signal?: AbortSignal): Promise<string> {
    return this.#object.id(signal);
  }

  /** That id, once it is known. */
  get knownId(): string | undefined {
    return this.#object.knownId;
  }

  /**
   * Takes over a client with new credentials.
   * @param userMark see `userMark`
   */
  useService(service: PlatformClient, userMark: string | undefined): void {
    this.#object.useService(service);
    this.#userMark = userMark;
  }

  /**
   * Reads what was written before this copy began, again and again until that succeeds: who does not know how the
   * topics were left cannot know what they have missed since.
   * @returns all fragments; `undefined` when this copy may not read them, or was stopped
   */
  async open(signal: AbortSignal): Promise<ObjectFragments | undefined> {
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        const fragments = await this.#object.read(signal);
        this.#failure = undefined;
        this.#before = readCopyRecords(fragments);
        this.#copies.look(this.#before, performance.now());
        return fragments;
      } catch (thrown) {
        this.#failed(thrown, 'read');
        if (thrown instanceof PlatformError && thrown.status === FORBIDDEN) return undefined;
        await wait(backoffMs(attempt, this.#parts.backoff), signal);
      }
    }
    return undefined;
  }

  /** Begins to write the record again and again. */
  start(): void {
    this.#hasStarted = true;
    this.#beating = this.#beatAgainAndAgain();
  }

  /** Writes the record now rather than later. */
  beatSoon(): void {
    this.#wake.abort();
  }

  /**
   * Writes fragments that are this copy's to write; `null` takes one out.
   * @throws PlatformError, PlatformUnreachable
   */
  async write(fragments: ObjectFragments, signal?: AbortSignal): Promise<void> {
    await this.#object.put(fragments, signal);
  }

  /**
   * Writes no more; tells the others, if that is possible in the time that is left.
   * @param leftMs milliseconds; 0: they are not told, and the record stays as it was
   */
  async stop(leftMs: number): Promise<void> {
    this.#abort.abort();
    this.#wake.abort();
    await this.#beating;
    if (leftMs === 0 || !this.#hasStarted) return;
    await this.#object.put(this.#record(true), AbortSignal.timeout(leftMs)).catch(() => undefined);
  }

  async #beatAgainAndAgain(): Promise<void> {
    const { heartbeatMs, backoff } = this.#parts;
    for (let failures = 0; !this.#abort.signal.aborted; ) {
      // Before the beat: who asks for one from now on may have news that are not in it.
      this.#wake = new AbortController();
      failures = (await this.#beatOnce()) ? 0 : failures + 1;
      const ms = failures === 0 ? heartbeatMs : Math.min(heartbeatMs, backoffMs(failures, backoff));
      if (!this.#abort.signal.aborted) await wait(ms, this.#wake.signal);
    }
  }

  async #beatOnce(): Promise<boolean> {
    try {
      const askedAtMs = performance.now();
      const fragments = await this.#object.write(this.#record(false), this.#abort.signal);
      const records = readCopyRecords(fragments);
      this.#copies.look(records, performance.now());
      if (this.#failure !== undefined) this.#parts.log.info('the connector object can be written again');
      this.#failure = undefined;
      this.#hasBeaten = true;
      this.#parts.onBeat(fragments, askedAtMs);
      await this.#forgetOld(records);
      return true;
    } catch (thrown) {
      this.#failed(thrown, 'written');
      return false;
    }
  }

  #record(hasStopped: boolean): ObjectFragments {
    const seenAt = new Date(this.#parts.clock.earliest).toISOString();
    const userMark = this.#userMark;
    const record: CopyRecord = {
      beat: ++this.#beat,
      hasStopped,
      seenAt,
      ...(userMark === undefined ? {} : { userMark }),
      routes: { ...this.#parts.report() },
    };
    return { [this.#own]: record };
  }

  async #forgetOld(records: ReadonlyMap<string, CopyRecord>): Promise<void> {
    const { earliest: now } = this.#parts.clock;
    const isOld = ({ seenAt }: CopyRecord): boolean => now - Date.parse(seenAt) > FORGET_MS;
    const old = [...records]
      .filter(([name, record]) => name !== this.#own && isOld(record))
      .map(([name]) => name);
    if (old.length === 0 || !this.isLeading) return;
    await this.#object.put(Object.fromEntries(old.map((name) => [name, null])), this.#abort.signal);
  }

  #failed(thrown: unknown, what: 'read' | 'written'): void {
    if (this.#abort.signal.aborted) return;
    const reason = reasonOf(thrown);
    if (this.#failure !== reason)
      this.#parts.log.warn(`the connector object could not be ${what}`, { reason });
    this.#failure = reason;
  }
}
