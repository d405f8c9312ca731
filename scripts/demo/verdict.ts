/**
 * The verdict on a run: what the local Cumulocity emitted, compared with what an independent reader took out of
 * the event hubs. A notification is recognised by its content, not by anything that the service made.
 */
import { DeviceOrder, type Place } from './device-order.js';
import type { Observation } from './observation.js';

/** The figures of a verdict. All but the first two and the last two are 0 in a good run. */
export interface Verdict {
  /** Notifications that the local Cumulocity retained for the service. */
  sent: number;
  /** Different notifications among the events read. */
  received: number;
  /** Sent and never read. */
  lost: number;
  /** Copies read beyond the first. */
  duplicated: number;
  /** First copies that stand behind a later notification of the same source. */
  outOfOrder: number;
  /** Copies that carry another id than the first. */
  repeatedUnderAnotherId: number;
  /** Events that were never emitted. */
  unknown: number;
  seconds: number;
  /** The longest time in which nothing was read although something was under way. */
  longestSilenceSeconds: number;
  eventsPerSecond: number;
}

/** Where events stand when there is one order for all of them: that in which they are read. */
const ONE_PARTITION: Place = { partitionId: '', enqueuedAtMs: 0 };

/** Compares as both sides come in; `verdict` can be asked for at any time. */
export class Comparison {
  /** Position of each notification among all that were emitted. */
  readonly #emitted = new Map<string, number>();
  /** Ids of first copies. */
  readonly #firstCopies = new Map<string, string>();
  readonly #order = new DeviceOrder();
  /** Read before the emission was noted: both sides run at the same time. */
  readonly #early: { readonly observation: Observation; readonly place: Place }[] = [];
  #duplicated = 0;
  #repeatedUnderAnotherId = 0;
  #startedAt: number | undefined;
  #endedAt = 0;
  #longestSilenceMs = 0;
  #waitingSince: number | undefined;

  get sent(): number {
    return this.#emitted.size;
  }

  get received(): number {
    return this.#firstCopies.size;
  }

  /** Notes a notification that was emitted. */
  emitted(observation: Observation): void {
    this.#startedAt ??= performance.now();
    if (this.sent === this.received) this.#waitingSince = performance.now();
    this.#emitted.set(keyOf(observation), this.#emitted.size);
  }

  /**
   * Notes an event that was read.
   * @param place where it stands; not given: behind all that were read before
   */
  read(observation: Observation, place: Place = ONE_PARTITION): void {
    this.#noteSilence();
    const key = keyOf(observation);
    const position = this.#emitted.get(key);
    if (position === undefined) {
      this.#early.push({ observation, place });
      return;
    }
    this.#order.read(`${observation.tenant} ${sourceOf(observation.channel)}`, position, place);
    const firstId = this.#firstCopies.get(key);
    if (firstId === undefined) {
      this.#firstCopies.set(key, observation.messageId);
      return;
    }
    this.#duplicated++;
    if (firstId !== observation.messageId) this.#repeatedUnderAnotherId++;
  }

  /** Between two events that were read, or since the emission that ended a time with nothing under way. */
  #noteSilence(): void {
    const now = performance.now();
    this.#longestSilenceMs = Math.max(this.#longestSilenceMs, now - (this.#waitingSince ?? now));
    this.#endedAt = now;
    this.#waitingSince = now;
  }

  /** The figures as they are now. */
  verdict(): Verdict {
    for (const { observation, place } of this.#early.splice(0)) this.read(observation, place);
    const seconds = this.#startedAt === undefined ? 0 : (this.#endedAt - this.#startedAt) / 1000;
    return {
      sent: this.sent,
      received: this.received,
      lost: this.sent - this.received,
      duplicated: this.#duplicated,
      outOfOrder: this.#order.behind().size,
      repeatedUnderAnotherId: this.#repeatedUnderAnotherId,
      unknown: this.#early.length,
      seconds: Math.round(seconds * 1000) / 1000,
      longestSilenceSeconds: Math.round(this.#longestSilenceMs) / 1000,
      eventsPerSecond: seconds > 0 ? Math.round(this.received / seconds) : 0,
    };
  }
}

/**
 * Whether a run kept the promise.
 * @param verdict its figures
 * @param mayRepeat whether the run had a fault after which repeats under the same id are allowed
 */
export function isGood(verdict: Verdict, mayRepeat: boolean): boolean {
  const { lost, duplicated, outOfOrder, repeatedUnderAnotherId, unknown } = verdict;
  if (verdict.sent === 0 || lost + outOfOrder + repeatedUnderAnotherId + unknown > 0) return false;
  return mayRepeat || duplicated === 0;
}

function keyOf({ tenant, channel, action, digest }: Observation): string {
  return `${tenant} ${channel} ${action} ${digest}`;
}

function sourceOf(channel: string): string {
  return channel.split('/').slice(3).join('/');
}
