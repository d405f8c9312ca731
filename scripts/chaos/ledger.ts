/**
 * The book of a run: what Cumulocity emitted, and what the independent reader took out of the hubs. Notifications
 * are recognised by their content, not by anything that the service made. Times are in milliseconds, on any clock
 * that never runs back.
 */
import { DeviceOrder } from '../demo/device-order.js';
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
  readonly #order = new DeviceOrder();
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
    entry.sightings.push(sighting);
    // What was brought afterwards comes when it can.
    if (!entry.sightings.some((each) => each.isReplayed)) {
      this.#order.read(deviceKey(entry), entry.position, sighting);
    }
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
    const behind = this.#order.behind();
    for (const entry of this.expected) entry.isOutOfOrder = behind.has(entry.position);
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
