/**
 * The gaps of one tenant: has those that are found written down, and replayed one after the other for each route. Only
 * the leading copy of the service replays; it also ends the gaps that copies which are gone have left open. A route
 * that is not there any more has nothing to bring back.
 *
 * What a gap goes through, and who sees to it:
 *
 *     open    by the copy that opened it, which alone writes it   -> ended    that copy; its next look, when nothing
 *                                                                             here has it open any more; the leading
 *                                                                             copy, when that copy is gone
 *     ended   being replayed by the leading copy                  -> closed   everything is in the hub, or the route
 *                                                                             is gone
 */
import { randomUUID } from 'node:crypto';
import { Gap, type GapHead, type GapReason } from '../backlog/gap.js';
import { ANY_SOURCE } from '../backlog/gap-content.js';
import { REPLAYABLE_APIS } from '../backlog/share.js';
import type { Span } from '../backlog/spans.js';
import { wait } from '../backoff.js';
import type { ObjectFragments } from '../cumulocity/connector-object.js';
import { GapHistory } from './gap-history.js';
import { GapWork, type GapWorkParts, type ReplayRoute } from './gap-work.js';

/** What the gaps of a tenant are looked after with. */
export interface GapsParts extends Omit<GapWorkParts, 'history' | 'onClosing'> {
  readonly copyName: string;
  /** Whether the routes are what the options say; before that, one may only be missing for a moment. */
  readonly areRoutesSettled: () => boolean;
  /** How long is waited for a gap to be written down before what has caused it is ended, in milliseconds. */
  readonly patienceMs: number;
}

/** A gap as it is shown. */
export type GapStatus = Omit<GapHead, 'inDoubt' | 'copy'> & { readonly id: string };

/** A gap to be written down. */
export interface FoundGap {
  readonly route: string;
  readonly reason: GapReason;
  readonly span: Span;
  /** None: all. */
  readonly sources?: readonly string[];
  readonly apis: readonly string[];
}

/** A gap that is being written down. */
export interface OpenedGap {
  readonly id: string;
  /** Whether it was written, when that is over; not: this run has ended before. Never rejects. */
  readonly written: Promise<boolean>;
}

/** Ends a gap: everything before this time, in milliseconds since 1970, is in it. */
export type EndGap = (at: number) => void;

interface Running {
  readonly gap: Gap;
  readonly done: Promise<void>;
}

/** See the head of this file. */
export class Gaps {
  readonly #parts: GapsParts;
  readonly #abort = new AbortController();
  readonly #history = new GapHistory();
  readonly #work: GapWork;
  /** By route. */
  readonly #running = new Map<string, Running>();
  readonly #writing = new Set<Promise<boolean>>();
  /** By id, the route: of times that are not over yet. */
  readonly #begun = new Map<string, string>();
  /** By id, gaps of this copy since when they are so; what was asked for before that may be older. */
  readonly #noted = new Map<string, { readonly gap: Gap; readonly atMs: number }>();
  /** Closed by this copy: a reading that was under way meanwhile may still show them. */
  readonly #closedIds = new Set<string>();
  #known: readonly Gap[] = [];
  #unreadable: string | undefined;

  constructor(parts: GapsParts) {
    this.#parts = parts;
    const history = this.#history;
    const onClosing = ({ id }: Gap): void => void this.#closedIds.add(id);
    this.#work = new GapWork({ ...parts, history, onClosing }, this.#abort.signal);
  }

  /** The gaps that are not closed yet, oldest first. */
  get status(): readonly GapStatus[] {
    const running = [...this.#running.values()].map(({ gap }) => gap);
    const others = this.#known.filter(({ id }) => !running.some((gap) => gap.id === id));
    return [...running, ...others]
      .map(({ id, head: { inDoubt: _inDoubt, copy: _copy, ...head } }) => ({ id, ...head }))
      .sort((left, right) => left.from.localeCompare(right.from));
  }

  /** Those that were closed last, newest first. */
  get closed(): GapHistory['closed'] {
    return this.#history.closed;
  }

  /** Whether there is a gap that is not closed. */
  get isAnyOpen(): boolean {
    return this.#known.length > 0 || this.#running.size > 0 || this.#writing.size > 0;
  }

  /** Whether a route has something that is not brought back yet. */
  isAnyOf(route: string): boolean {
    return this.status.some((gap) => gap.route === route) || [...this.#begun.values()].includes(route);
  }

  /** The gaps into which earlier runs of this copy have let notifications of a route go, and that are still open. */
  leftOpen(route: string): readonly Gap[] {
    const { copyName } = this.#parts;
    return this.#known.filter(({ head }) => {
      const { state, reason } = head;
      return state === 'open' && reason === 'backlog' && head.route === route && head.copy === copyName;
    });
  }

  /** Writes down a gap that was found; tries until it is written. */
  open(found: FoundGap): OpenedGap {
    // The same loss is found by several copies, and is one gap; the same request twice is meant twice.
    const gap = this.#make(found, 'ended', found.reason === 'requested' ? randomUUID() : '');
    return { id: gap.id, written: this.#write(gap) };
  }

  /**
   * Writes down a gap that goes on until its cause is ended. Resolves when that may be done: when the gap is written,
   * or cannot be for so long that nothing at all would be forwarded meanwhile.
   * @param found from when on, and until now
   * @param signal ends the wait
   */
  async begin(found: FoundGap, signal: AbortSignal): Promise<EndGap> {
    const gap = this.#make(found, 'open', randomUUID());
    this.#begun.set(gap.id, found.route);
    const written = this.#write(gap);
    const over = new AbortController();
    await Promise.race([written, wait(this.#parts.patienceMs, AbortSignal.any([signal, over.signal]))]);
    over.abort();
    return (at) => {
      // Otherwise its route has stopped, and the next look ends it.
      if (this.#begun.has(gap.id)) void written.then(() => this.#endBegun(gap, at));
    };
  }

  /** Takes in a gap of this copy as it is now; what was asked for before may be older. */
  note(gap: Gap): void {
    this.#noted.set(gap.id, { gap, atMs: performance.now() });
    this.#known = [...this.#known.filter(({ id }) => id !== gap.id), gap];
  }

  /** A route has stopped: what it had begun is ended by the next look. */
  routeStopped(route: string): void {
    for (const [id, of] of this.#begun) if (of === route) this.#begun.delete(id);
  }

  /**
   * Takes in what stands in the connector object, and sees to what is to be done.
   * @param askedAtMs when that was asked for, on the clock of `performance.now`
   */
  look(fragments: ObjectFragments, askedAtMs: number): void {
    for (const [id, { atMs }] of this.#noted) if (atMs < askedAtMs) this.#noted.delete(id);
    const read = Gap.readAll(fragments, (name) => this.#cannotRead(name));
    const noted = [...this.#noted.values()].map(({ gap }) => gap);
    const all = [...read.filter(({ id }) => !this.#noted.has(id)), ...noted];
    this.#known = all.filter(({ id }) => !this.#closedIds.has(id));
    this.#history.read(fragments);
    if (this.#abort.signal.aborted) return;
    for (const gap of this.#known) this.#seeTo(gap);
  }

  /** Ends all replays, and writes their progress if that is possible in a moment. Needs the lanes to have ended. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await Promise.all([...this.#writing, ...[...this.#running.values()].map(({ done }) => done)]);
  }

  #make(
    { route, reason, span, sources = [ANY_SOURCE], apis }: FoundGap,
    state: GapHead['state'],
    salt: string,
  ): Gap {
    const { copyName, log } = this.#parts;
    const replayable = REPLAYABLE_APIS.filter((api) => apis.includes(api));
    const gap = Gap.ofSpan(
      { route, reason, state, copy: copyName },
      { sources, apis: replayable, span },
      salt,
    );
    const fields = { route, gap: gap.id, reason, from: gap.head.from, to: gap.head.to };
    if (reason === 'requested') log.info('a replay was asked for', fields);
    else log.warn('notifications may be missing; they will be replayed', fields);
    return gap;
  }

  #write(gap: Gap): Promise<boolean> {
    const writing = this.#work.write(gap).finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
    return writing;
  }

  async #endBegun(gap: Gap, at: number): Promise<void> {
    gap.endSpan(at);
    await this.#write(gap);
    this.note(gap);
    this.#begun.delete(gap.id);
  }

  #seeTo(gap: Gap): void {
    const { head } = gap;
    const { connector, route: find, areRoutesSettled } = this.#parts;
    if (this.#running.has(head.route)) return;
    const route = find(head.route);
    if (route === undefined) {
      if (connector.isLeading && areRoutesSettled()) this.#start(gap, () => this.#work.drop(gap));
    } else if (head.state === 'open') {
      if (this.#isOrphan(gap, route)) this.#start(gap, () => this.#work.end(gap));
    } else if (connector.isLeading) {
      this.#start(gap, () => this.#work.replayWhenOver(gap, route));
    }
  }

  /** Whether whoever has opened a gap does not have it open any more. */
  #isOrphan({ id, head }: Gap, route: ReplayRoute): boolean {
    const { connector, copyName } = this.#parts;
    if (head.copy !== copyName) return connector.isLeading && !connector.isAlive(head.copy);
    // What is only noted was not read yet as it is now.
    return !this.#noted.has(id) && !this.#begun.has(id) && !route.keepsOpen(id);
  }

  #start(gap: Gap, work: () => Promise<void>): void {
    const { route } = gap.head;
    const done = work().finally(() => {
      this.#running.delete(route);
      this.#parts.connector.beatSoon();
    });
    this.#running.set(route, { gap, done });
  }

  #cannotRead(name: string): void {
    if (this.#unreadable !== name)
      this.#parts.log.error('a gap in the connector object cannot be read', { name });
    this.#unreadable = name;
  }
}
