/**
 * The gaps of one tenant: writes down those that are found, and has them replayed, one after the other for each
 * route. Only the leading copy of the service replays; it also ends the gaps that copies which are gone have left
 * open. A route that is not there any more has nothing to bring back.
 */

import { randomUUID } from 'node:crypto';
import { type Fragments, Gap, type GapHead, type GapReason } from '../backlog/gap.js';
import { ANY_SOURCE } from '../backlog/gap-content.js';
import { REPLAYABLE_APIS } from '../backlog/share.js';
import type { Span } from '../backlog/spans.js';
import { type BackoffOptions, backoffMs, wait } from '../backoff.js';
import type { ObjectFragments } from '../cumulocity/connector-object.js';
import type { Outcome } from '../delivery/delivery.js';
import { reasonOf } from '../errors.js';
import type { Log } from '../log.js';
import type { Notification } from '../notifications/frame.js';
import type { PlatformClock } from '../platform-clock.js';
import { type CaptureRules, captureWith } from '../replay/captured.js';
import { GapReplay, type ReplayTiming } from '../replay/gap-replay.js';
import type { ReadPage } from '../replay/record-stream.js';
import type { ReplaySlots } from '../replay/replay-slots.js';
import type { Connector } from './connector.js';
import { GapHistory } from './gap-history.js';

/** What a replay needs of a route. */
export interface ReplayRoute {
  readonly name: string;
  /** What its subscription lets through. */
  readonly rules: CaptureRules;
  /** Whether live traffic needs the way to the hub for itself. */
  readonly isBusy: boolean;
  /** Sends a notification that was read over REST; the outcome is given once. */
  replay(notification: Notification, settle: (outcome: Outcome) => void): void;
}

/** What the gaps of a tenant are looked after with. */
export interface GapsParts {
  readonly connector: Connector;
  readonly copyName: string;
  readonly clock: PlatformClock;
  readonly route: (name: string) => ReplayRoute | undefined;
  /** Whether the routes are what the options say; before that, one may only be missing for a moment. */
  readonly areRoutesSettled: () => boolean;
  readonly readPage: (signal: AbortSignal) => ReadPage;
  readonly slots: ReplaySlots;
  readonly timing: ReplayTiming;
  readonly backoff: BackoffOptions;
  readonly log: Log;
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

/** How long a last writing of the progress may take, in milliseconds. */
const LAST_SAVE_MS = 2000;

interface Running {
  readonly gap: Gap;
  readonly done: Promise<void>;
}

/** See the head of this file. */
export class Gaps {
  readonly #parts: GapsParts;
  readonly #abort = new AbortController();
  readonly #history = new GapHistory();
  /** By route. */
  readonly #running = new Map<string, Running>();
  readonly #opening = new Set<Promise<void>>();
  /** Closed by this copy: a reading that was under way meanwhile may still show them. */
  readonly #closedIds = new Set<string>();
  #known: readonly Gap[] = [];
  #unreadable: string | undefined;

  constructor(parts: GapsParts) {
    this.#parts = parts;
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
    return this.#known.length > 0 || this.#running.size > 0 || this.#opening.size > 0;
  }

  /** Whether a route has something that is not brought back yet. */
  isAnyOf(route: string): boolean {
    return this.status.some((gap) => gap.route === route);
  }

  /** The gap that an earlier run of this copy has left open for a route. */
  leftOpen(route: string): Gap | undefined {
    const { copyName } = this.#parts;
    return this.#known.find(
      ({ head }) => head.state === 'open' && head.route === route && head.copy === copyName,
    );
  }

  /**
   * Writes down a gap that was found; tries until it is written.
   * @returns its id
   */
  open({ route, reason, span, sources = [ANY_SOURCE], apis }: FoundGap): string {
    const { copyName, log } = this.#parts;
    const replayable = REPLAYABLE_APIS.filter((api) => apis.includes(api));
    // The same loss is found by several copies, and is one gap; the same request twice is meant twice.
    const salt = reason === 'requested' ? randomUUID() : '';
    const gap = Gap.ofSpan({ route, reason, copy: copyName }, { sources, apis: replayable, span }, salt);
    const fields = { route, gap: gap.id, reason, from: gap.head.from, to: gap.head.to };
    if (reason === 'requested') log.info('a replay was asked for', fields);
    else log.warn('notifications may be missing; they will be replayed', fields);
    const opening = this.#write(() => gap.write()).finally(() => this.#opening.delete(opening));
    this.#opening.add(opening);
    return gap.id;
  }

  /** Takes in a gap of this copy as it is now; what was read of it before may be older. */
  note(gap: Gap): void {
    this.#known = [...this.#known.filter(({ id }) => id !== gap.id), gap];
  }

  /** Takes in what stands in the connector object, and sees to what is to be replayed. */
  look(fragments: ObjectFragments): void {
    const gaps = Gap.readAll(fragments, (name) => this.#cannotRead(name));
    this.#known = gaps.filter(({ id }) => !this.#closedIds.has(id));
    this.#history.read(fragments);
    if (!this.#parts.connector.isLeading || this.#abort.signal.aborted) return;
    for (const gap of this.#known) this.#seeTo(gap);
  }

  /** Ends all replays, and writes their progress if that is possible in a moment. Needs the lanes to have ended. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await Promise.all([...this.#opening, ...[...this.#running.values()].map(({ done }) => done)]);
  }

  #seeTo(gap: Gap): void {
    const { head } = gap;
    if (this.#running.has(head.route)) return;
    const route = this.#parts.route(head.route);
    if (route === undefined) {
      if (this.#parts.areRoutesSettled()) this.#start(gap, () => this.#drop(gap));
    } else if (head.state === 'open') {
      if (!this.#parts.connector.isAlive(head.copy)) this.#start(gap, () => this.#endForeign(gap));
    } else this.#start(gap, () => this.#replayWhenOver(gap, route));
  }

  #start(gap: Gap, work: () => Promise<void>): void {
    const { route } = gap.head;
    const done = work().finally(() => {
      this.#running.delete(route);
      this.#parts.connector.beatSoon();
    });
    this.#running.set(route, { gap, done });
  }

  /** What is not stored yet cannot be read. */
  async #replayWhenOver(gap: Gap, route: ReplayRoute): Promise<void> {
    const { clock, slots } = this.#parts;
    const { signal } = this.#abort;
    const leftMs = (): number => Date.parse(gap.head.to) - clock.earliest;
    while (!signal.aborted && leftMs() > 0) await wait(leftMs(), signal);
    await slots.run(signal, () => this.#replay(gap, route));
  }

  async #replay(gap: Gap, route: ReplayRoute): Promise<void> {
    const { connector, readPage, timing, log } = this.#parts;
    const { signal } = this.#abort;
    log.info('replaying a gap', { route: route.name, gap: gap.id, from: gap.head.from, to: gap.head.to });
    const replay = new GapReplay(
      {
        gap,
        readPage: readPage(signal),
        capture: captureWith(route.rules),
        // The route may have been started anew meanwhile, with other options.
        deliver: (notification, settle) => this.#deliver(route.name, notification, settle),
        isBusy: () => this.#parts.route(route.name)?.isBusy ?? true,
        write: (fragments, given) => connector.write(fragments, given),
        timing,
        log,
      },
      signal,
    );
    if (await replay.run()) await this.#close(gap);
    else await replay.save(AbortSignal.timeout(LAST_SAVE_MS));
  }

  #deliver(route: string, notification: Notification, settle: (outcome: Outcome) => void): void {
    const current = this.#parts.route(route);
    if (current === undefined) settle('abandoned');
    else current.replay(notification, settle);
  }

  async #close(gap: Gap): Promise<void> {
    const { letGo, replayed, repeated, notBroughtBack } = gap.head;
    const counts = { letGo, replayed, repeated, notBroughtBack };
    this.#closedIds.add(gap.id);
    this.#parts.log.info('a gap is closed', { route: gap.head.route, gap: gap.id, ...counts });
    await this.#write(() => ({ ...gap.remove(), ...this.#history.add(gap) }));
  }

  async #drop(gap: Gap): Promise<void> {
    const { route } = gap.head;
    this.#closedIds.add(gap.id);
    this.#parts.log.warn('a gap is given up: its route is not among the options any more', {
      route,
      gap: gap.id,
    });
    await this.#write(() => gap.remove());
  }

  /** The copy that let notifications go into it is gone; whatever it had not written down was not released. */
  async #endForeign(gap: Gap): Promise<void> {
    gap.head.state = 'ended';
    delete gap.head.inDoubt;
    await this.#write(() => gap.write());
  }

  /** Tries until it succeeds or the tenant is stopped. */
  async #write(make: () => Fragments): Promise<void> {
    const { connector, backoff, log } = this.#parts;
    const { signal } = this.#abort;
    const fragments = make();
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await connector.write(fragments, signal);
        connector.beatSoon();
        return;
      } catch (thrown) {
        if (attempt === 1)
          log.warn('a gap could not be written down, trying again', { reason: reasonOf(thrown) });
        await wait(backoffMs(attempt, backoff), signal);
      }
    }
  }

  #cannotRead(name: string): void {
    if (this.#unreadable !== name)
      this.#parts.log.error('a gap in the connector object cannot be read', { name });
    this.#unreadable = name;
  }
}
