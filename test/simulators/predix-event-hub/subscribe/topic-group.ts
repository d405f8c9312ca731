/**
 * The connections of one subscriber name on one topic. The state of a connection there, and what changes it:
 *
 *     active     owns its share of the partitions: all of    -> gone     it is closed; its partitions go to the others
 *                them, when it is alone                                  and first of all to one that stood by
 *     passive    owns nothing; as many are active before     -> active   one of them is gone
 *                it as there may be                          -> gone     it is closed
 *
 * Those that came first are active: the state is the place in the list. Topics are independent of each other (Predix
 * contract, section 13), and so is the number of active connections on each.
 */
import type { Topic } from '../store/topic.js';
import { assignPartitions } from './assignment.js';
import { PartitionReader } from './partition-reader.js';

/** A connection as its group sees it. */
export interface GroupMember {
  /** Says who it is in the log. */
  readonly label: string;
  /** Whether it begins behind all that is stored, if its name has no position. */
  readonly isNewest: boolean;
  /** A partition is its own now. Nothing of it is delivered before all partitions have their owners. */
  open(reader: PartitionReader): void;
  /** It is no more. */
  close(reader: PartitionReader): void;
}

/** How a group is made. */
export interface TopicGroupParts {
  readonly topic: Topic;
  /** Name of the subscriber. */
  readonly name: string;
  readonly maxActive: number;
}

interface Ownership {
  readonly owner: GroupMember;
  readonly reader: PartitionReader;
}

/** See the head of this file. */
export class TopicGroup {
  readonly #parts: TopicGroupParts;
  readonly #stopListening: () => void;
  #members: readonly GroupMember[] = [];
  #owned: readonly (Ownership | undefined)[];

  constructor(parts: TopicGroupParts) {
    this.#parts = parts;
    this.#owned = parts.topic.partitions.map(() => undefined);
    this.#stopListening = parts.topic.onDeleted(() => this.close());
  }

  /** How many connections there are. */
  get size(): number {
    return this.#members.length;
  }

  /** Takes in a connection. */
  join(member: GroupMember): void {
    this.#members = [...this.#members, member];
    this.#share();
  }

  /** Lets go of a connection; without effect when it is not there. */
  leave(member: GroupMember): void {
    if (!this.#members.includes(member)) return;
    this.#members = this.#members.filter((each) => each !== member);
    this.#share();
  }

  /** Lets go of all. */
  close(): void {
    this.#stopListening();
    this.#members = [];
    this.#share();
  }

  /** Its connections with the partitions of each, for the log. */
  describe(): string {
    return this.#members.map((member) => `${member.label} ${this.#describeState(member)}`).join(', ');
  }

  #describeState(member: GroupMember): string {
    if (this.#members.indexOf(member) >= this.#parts.maxActive) return 'stands by';
    const own = this.#owned.flatMap((ownership, index) => (ownership?.owner === member ? [index] : []));
    return `reads [${own.join(' ')}]`;
  }

  #share(): void {
    const before = this.#owned;
    const active = this.#members.slice(0, this.#parts.maxActive);
    const owners = assignPartitions(
      before.map((ownership) => ownership?.owner),
      active,
    );
    const isKept = (at: number): boolean => before[at] !== undefined && before[at].owner === owners[at];
    // Before anybody gets one: a position is only known when its last owner is done.
    for (const [at, ownership] of before.entries()) {
      if (ownership !== undefined && !isKept(at)) ownership.owner.close(ownership.reader);
    }
    this.#owned = owners.map((owner, at) => (isKept(at) ? before[at] : this.#own(owner, at)));
    for (const [at, ownership] of this.#owned.entries()) {
      if (ownership !== undefined && !isKept(at)) ownership.owner.open(ownership.reader);
    }
  }

  #own(owner: GroupMember | undefined, index: number): Ownership | undefined {
    const { topic, name } = this.#parts;
    const partition = topic.partitions[index];
    if (owner === undefined || partition === undefined) return undefined;
    const reader = new PartitionReader({
      partition,
      positions: topic.positions,
      name,
      isNewest: owner.isNewest,
    });
    return { owner, reader };
  }
}
