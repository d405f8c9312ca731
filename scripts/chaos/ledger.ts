/**
 * The book of a run: what Cumulocity emitted, and what the independent reader took out of the hubs. Notifications
 * are recognised by their content, not by anything that the service made. Times are in milliseconds, on any clock
 * that never runs back.
 */
import type { Observation } from '../demo/observation.js';
import { type Account, ALL, accountOf, deviceKey, inMap } from './account.js';
import {
  type Expected,
  expectedOf,
  isDue,
  type Kind,
  partsOf,
  type Settlement,
  type Sighting,
} from './expected.js';
import { Silence } from './silence.js';

/** An event that was read: what it tells, and where and when. */
export interface Read extends Sighting {
  readonly observation: Observation;
}

/** A pointer event that was read. It stands for an event that the hub did not take. */
export interface Pointer {
  readonly tenant: string;
  readonly messageId: string;
  /** Link to the object, if the pointer names it. */
  readonly self: string | undefined;
}

/** What still has to come. */
export interface Due {
  readonly sent: number;
  readonly missed: number;
}

/** See the head of this file. */
export class Ledger {
  /** In the order of emission. */
  readonly expected: Expected[] = [];
  /** Events that were never emitted. */
  readonly unknown: Read[] = [];
  readonly #byContent = new Map<string, Expected>();
  /** What was missed, by content without the action: what is read over REST has none. */
  readonly #missedByBody = new Map<string, Expected>();
  readonly #missedByObject = new Map<string, Expected[]>();
  readonly #bySequence = new Map<string, Expected>();
  readonly #objects = new Set<string>();
  /** By device, the position of the latest first copy. */
  readonly #latest = new Map<string, number>();
  readonly #silences = new Map<string, Silence>();
  #due = { sent: 0, missed: 0 };

  /** What still has to come. */
  get due(): Due {
    return { ...this.#due };
  }

  /**
   * Notes a notification that a topic has kept.
   * @param sequence its place in the topic
   */
  emitted(observation: Observation, sequence: number, atMs: number): void {
    const entry = this.#expect(observation, atMs, 'sent');
    this.#due.sent++;
    this.#bySequence.set(`${entry.tenant} ${sequence}`, entry);
    for (const silence of this.#silencesOf(entry)) silence.expect(atMs);
  }

  /**
   * Notes a change that no topic got.
   * @param isOwed whether it has to come all the same
   */
  missed(observation: Observation, isOwed: boolean, atMs: number): void {
    const entry = this.#expect(observation, atMs, isOwed ? 'missed' : 'unowed');
    if (isOwed) this.#due.missed++;
    this.#missedByBody.set(bodyKey(observation), entry);
    const key = objectKey(observation);
    this.#missedByObject.set(key, [...(this.#missedByObject.get(key) ?? []), entry]);
  }

  /**
   * Notes that a subscriber was removed with what it had not acknowledged.
   * @param sequences places in the topic
   * @param isInOrder whether the tenant was not subscribed at that time
   */
  discarded(tenant: string, sequences: readonly number[], isInOrder: boolean, atMs: number): void {
    for (const sequence of sequences) {
      const entry = this.#bySequence.get(`${tenant} ${sequence}`);
      if (entry === undefined) continue;
      entry.discardedAtMs = atMs;
      if (isInOrder) this.#settle(entry, 'givenUp', atMs);
    }
  }

  /** Notes an event that was read. */
  read({ observation, ...sighting }: Read): void {
    const { atMs, isReplayed } = sighting;
    const entry = this.#find(observation, isReplayed);
    if (entry === undefined) {
      if (isReplayed && this.#isUnpublishedState(observation)) this.#supersede(observation, atMs);
      else this.unknown.push({ observation, ...sighting });
      return;
    }
    for (const silence of this.#silencesOf(entry)) silence.hear(atMs);
    if (isDue(entry)) this.#endDue(entry, atMs);
    if (entry.sightings.length === 0 && !isReplayed) this.#judgeOrder(entry);
    entry.sightings.push(sighting);
    if (isReplayed) this.#supersede(observation, atMs, entry.position);
  }

  /** Notes a pointer event that was read. */
  pointed({ tenant, messageId, self }: Pointer, atMs: number): void {
    const own = this.expected.filter((entry) => entry.tenant === tenant);
    const sighted = own.find(({ sightings }) => sightings.some((each) => each.messageId === messageId));
    const entry = sighted ?? own.find((each) => isDue(each) && self !== undefined && each.self === self);
    if (entry !== undefined) this.#settle(entry, 'rejected', atMs);
  }

  /** The figures as they are now. */
  account(atMs: number): Account {
    const silenceOf = (key: string): number => this.#silences.get(key)?.longestSeconds(atMs) ?? 0;
    return accountOf(this.expected, this.unknown, silenceOf);
  }

  #expect(observation: Observation, atMs: number, kind: Kind): Expected {
    const entry = expectedOf({ observation, position: this.expected.length, atMs, kind });
    this.expected.push(entry);
    this.#byContent.set(contentKey(observation), entry);
    this.#objects.add(objectKey(observation));
    return entry;
  }

  #find(observation: Observation, isReplayed: boolean): Expected | undefined {
    const found = this.#byContent.get(contentKey(observation));
    return found ?? (isReplayed ? this.#missedByBody.get(bodyKey(observation)) : undefined);
  }

  /** Changes of managed objects are not published in the context of a tenant, and are seen over REST. */
  #isUnpublishedState(observation: Observation): boolean {
    const isObject = partsOf(observation.channel).api === 'managedobjects';
    return isObject && this.#objects.has(objectKey(observation));
  }

  #judgeOrder(entry: Expected): void {
    const key = deviceKey(entry);
    if (entry.position < (this.#latest.get(key) ?? -1)) entry.isOutOfOrder = true;
    else this.#latest.set(key, entry.position);
  }

  /** @param position of the state that was brought; what was missed before it needs not come any more */
  #supersede(observation: Observation, atMs: number, position = Number.POSITIVE_INFINITY): void {
    for (const entry of this.#missedByObject.get(objectKey(observation)) ?? []) {
      if (entry.position < position) this.#settle(entry, 'superseded', atMs);
    }
  }

  #settle(entry: Expected, how: Settlement, atMs: number): void {
    if (!isDue(entry)) return;
    this.#endDue(entry, atMs);
    entry.settled = how;
  }

  #endDue(entry: Expected, atMs: number): void {
    if (entry.kind !== 'unowed') this.#due[entry.kind]--;
    if (entry.kind === 'sent') for (const silence of this.#silencesOf(entry)) silence.settle(atMs);
  }

  #silencesOf(entry: Expected): readonly Silence[] {
    const keys = [ALL, entry.tenant, deviceKey(entry)];
    return keys.map((key) => inMap(this.#silences, key, () => new Silence()));
  }
}

function contentKey(observation: Observation): string {
  return `${observation.action} ${bodyKey(observation)}`;
}

function bodyKey({ tenant, channel, digest }: Observation): string {
  return `${tenant} ${channel} ${digest}`;
}

function objectKey({ tenant, channel, objectId }: Observation): string {
  return `${tenant} ${partsOf(channel).api} ${objectId}`;
}
