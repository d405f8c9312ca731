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

/** The first copy of something expected. */
interface FirstCopy extends Pick<Sighting, 'partitionId' | 'enqueuedAtMs'> {
  readonly entry: Expected;
}

/** What still has to come. */
export interface Due {
  readonly sent: number;
  readonly missed: number;
}

/** What holds for a run beyond what is emitted and read. */
export interface LedgerRules {
  /** Whether there is a managed object, also one that was made before anybody listened. */
  readonly isStored: (tenant: string, objectId: string | undefined) => boolean;
}

/** See the head of this file. */
export class Ledger {
  /** In the order of emission. */
  readonly expected: Expected[] = [];
  /** Events that were never emitted. */
  readonly unknown: Read[] = [];
  readonly #byContent = new Map<string, Expected>();
  /** By content without the action: what is read over REST has none. */
  readonly #byBody = new Map<string, Expected>();
  /** What can only be read in its last state, by object. */
  readonly #replaceable = new Map<string, Expected[]>();
  readonly #bySequence = new Map<string, Expected>();
  readonly #objects = new Set<string>();
  readonly #rules: LedgerRules;
  /** By device, and by device and partition: of the first copies that were read that which was emitted last. */
  readonly #latest = new Map<string, FirstCopy>();
  readonly #silences = new Map<string, Silence>();
  #reads = 0;
  #due = { sent: 0, missed: 0 };

  constructor(rules: LedgerRules = { isStored: () => false }) {
    this.#rules = rules;
  }

  /** Events that were read so far. */
  get reads(): number {
    return this.#reads;
  }

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
    this.#mayBeReplaced(entry, observation);
  }

  /**
   * Notes a change that no topic got.
   * @param isOwed whether it has to come all the same
   */
  missed(observation: Observation, isOwed: boolean, atMs: number): void {
    const entry = this.#expect(observation, atMs, isOwed ? 'missed' : 'unowed');
    if (isOwed) this.#due.missed++;
    this.#mayBeReplaced(entry, observation);
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
    this.#reads++;
    const { atMs, isReplayed } = sighting;
    const entry = this.#find(observation, isReplayed);
    if (entry === undefined) {
      if (isReplayed && this.#isUnpublishedState(observation)) this.#supersede(observation, atMs, true);
      else this.unknown.push({ observation, ...sighting });
      return;
    }
    for (const silence of this.#silencesOf(entry)) silence.hear(atMs);
    if (isDue(entry)) this.#endDue(entry, atMs);
    if (entry.sightings.length === 0 && !isReplayed) this.#judgeOrder({ entry, ...sighting });
    entry.sightings.push(sighting);
    this.#supersede(observation, atMs, isReplayed, entry.position);
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
    this.#byBody.set(bodyKey(observation), entry);
    this.#objects.add(objectKey(observation));
    return entry;
  }

  #mayBeReplaced(entry: Expected, observation: Observation): void {
    inMap(this.#replaceable, objectKey(observation), () => []).push(entry);
  }

  #find(observation: Observation, isReplayed: boolean): Expected | undefined {
    const found = this.#byContent.get(contentKey(observation));
    return found ?? (isReplayed ? this.#byBody.get(bodyKey(observation)) : undefined);
  }

  /** Changes of managed objects are not published in the context of a tenant, and are seen over REST. */
  #isUnpublishedState(observation: Observation): boolean {
    const { tenant, channel, objectId } = observation;
    if (partsOf(channel).api !== 'managedobjects') return false;
    return this.#objects.has(objectKey(observation)) || this.#rules.isStored(tenant, objectId);
  }

  /**
   * In a partition, events stand in the order in which they are read. A device's events are in several only where its
   * hub had another number of partitions meanwhile; no reader sees an order there but that of the hub's own times.
   */
  #judgeOrder(copy: FirstCopy): void {
    const device = deviceKey(copy.entry);
    this.#compare(`${device} in ${copy.partitionId}`, copy, (first) => first === copy);
    this.#compare(device, copy, (first, second) => {
      return first.partitionId !== second.partitionId && first.enqueuedAtMs > second.enqueuedAtMs;
    });
  }

  /** Compares a first copy with the one before; `first` is which of both was emitted first. */
  #compare(key: string, copy: FirstCopy, isBehind: (first: FirstCopy, second: FirstCopy) => boolean): void {
    const latest = this.#latest.get(key) ?? copy;
    const isLatest = latest.entry.position <= copy.entry.position;
    const [first, second] = isLatest ? [latest, copy] : [copy, latest];
    this.#latest.set(key, second);
    if (first !== second && isBehind(first, second)) first.entry.isOutOfOrder = true;
  }

  /**
   * What was let go or missed needs not come any more when a later state of its object has. Whether anything was let
   * go is for the verdict to ask; what was missed can only come by a replay.
   * @param position of the state that was read
   */
  #supersede(
    observation: Observation,
    atMs: number,
    isReplayed: boolean,
    position = Number.POSITIVE_INFINITY,
  ): void {
    for (const entry of this.#replaceable.get(objectKey(observation)) ?? []) {
      const canBe = entry.kind === 'sent' || isReplayed;
      if (canBe && entry.position < position) this.#settle(entry, 'superseded', atMs);
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
