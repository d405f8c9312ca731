/**
 * What is done with one gap of a tenant: it is written down, ended, replayed, closed or given up. Which of these, and
 * when, `Gaps` decides.
 */
import type { Fragments, Gap } from '../backlog/gap.js';
import { type BackoffOptions, backoffMs, wait } from '../backoff.js';
import type { Outcome } from '../delivery/delivery.js';
import { isGone, reasonOf } from '../errors.js';
import type { Log } from '../log.js';
import type { Notification } from '../notifications/frame.js';
import type { PlatformClock } from '../platform-clock.js';
import { type CaptureRules, captureWith } from '../replay/captured.js';
import { GapReplay, type ReplayTiming } from '../replay/gap-replay.js';
import type { ReadPage } from '../replay/record-stream.js';
import type { ReplaySlots } from '../replay/replay-slots.js';
import type { Connector } from './connector.js';
import type { GapHistory } from './gap-history.js';

/** What a replay needs of a route. */
export interface ReplayRoute {
  readonly name: string;
  /** What its subscription lets through. */
  readonly rules: CaptureRules;
  /** Whether live traffic needs the way to the hub for itself. */
  readonly isBusy: boolean;
  /** Whether notifications may still be let go into a gap, or whether what it says is still needed. */
  keepsOpen(gapId: string): boolean;
  /** Sends a notification that was read over REST; the outcome is given once. */
  replay(notification: Notification, settle: (outcome: Outcome) => void): void;
}

/** What gaps are worked on with. */
export interface GapWorkParts {
  readonly connector: Pick<Connector, 'write' | 'beatSoon' | 'isLeading' | 'isAlive'>;
  readonly clock: PlatformClock;
  readonly route: (name: string) => ReplayRoute | undefined;
  readonly readPage: (signal: AbortSignal) => ReadPage;
  readonly slots: ReplaySlots;
  readonly history: GapHistory;
  /** Called with a gap that is about to be taken out. */
  readonly onClosing: (gap: Gap) => void;
  readonly timing: ReplayTiming;
  /** How long a new subscription may take to have effect, in milliseconds. */
  readonly activationMs: number;
  readonly backoff: BackoffOptions;
  /** How long a last writing of the progress may take, in milliseconds. */
  readonly lastWordMs: number;
  readonly log: Log;
}

/** See the head of this file. */
export class GapWork {
  readonly #parts: GapWorkParts;
  readonly #signal: AbortSignal;

  /** @param signal ends everything between two steps */
  constructor(parts: GapWorkParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
  }

  /**
   * Writes a gap; tries until it succeeds or the signal comes.
   * @param make gives what is to be written of it
   * @returns whether it is written
   */
  async write(gap: Gap, make: () => Fragments = () => gap.write()): Promise<boolean> {
    const { connector, backoff, log } = this.#parts;
    const signal = this.#signal;
    let fragments = make();
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await connector.write(fragments, signal);
        connector.beatSoon();
        return true;
      } catch (thrown) {
        if (attempt === 1)
          log.warn('a gap could not be written down, trying again', { reason: reasonOf(thrown) });
        if (isGone(thrown)) {
          gap.allIsGone();
          fragments = make();
        }
        await wait(backoffMs(attempt, backoff), signal);
      }
    }
    return false;
  }

  /**
   * Ends a gap that nobody has open any more. What was let go into it stands in it, as nothing is released before; of
   * a time that nobody has seen, only now is known that it is over.
   */
  async end(gap: Gap): Promise<void> {
    const { clock, activationMs } = this.#parts;
    if (gap.head.reason === 'backlog') gap.end(Date.parse(gap.head.to));
    else gap.endSpan(clock.latest + activationMs);
    await this.write(gap);
  }

  /** Replays a gap once its time has passed: what is not stored yet cannot be read. */
  async replayWhenOver(gap: Gap, route: ReplayRoute): Promise<void> {
    const { clock, slots } = this.#parts;
    const signal = this.#signal;
    const leftMs = (): number => Date.parse(gap.head.to) - clock.earliest;
    while (!signal.aborted && leftMs() > 0) await wait(leftMs(), signal);
    await slots.run(signal, () => this.#replay(gap, route));
  }

  /** Takes out a gap whose route is gone. */
  async drop(gap: Gap): Promise<void> {
    const { route } = gap.head;
    const text = 'a gap is given up: its route is not among the options any more';
    this.#parts.onClosing(gap);
    this.#parts.log.warn(text, { route, gap: gap.id });
    await this.write(gap, () => gap.remove());
  }

  async #replay(gap: Gap, route: ReplayRoute): Promise<void> {
    const { connector, readPage, timing, log } = this.#parts;
    const signal = this.#signal;
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
    else await replay.save(AbortSignal.timeout(this.#parts.lastWordMs));
  }

  #deliver(route: string, notification: Notification, settle: (outcome: Outcome) => void): void {
    const current = this.#parts.route(route);
    if (current === undefined) settle('abandoned');
    else current.replay(notification, settle);
  }

  async #close(gap: Gap): Promise<void> {
    const { log, history, onClosing } = this.#parts;
    const { letGo, replayed, repeated, notBroughtBack } = gap.head;
    const counts = { letGo, replayed, repeated, notBroughtBack };
    onClosing(gap);
    log.info('a gap is closed', { route: gap.head.route, gap: gap.id, ...counts });
    await this.write(gap, () => ({ ...gap.remove(), ...history.add(gap) }));
  }
}
