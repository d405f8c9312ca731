/** The calls that are open now, so that they can be ended from this side. */
import { status } from '@grpc/grpc-js';
import { type Access, type Admission, type Claimed, Refusal } from '../access.js';
import { atTime } from '../at-time.js';
import type { Topic } from '../store/topic.js';
import type { AnyCall } from './any-call.js';
import { topicsOf, valueFor } from './metadata.js';

/** How calls behave beyond what the protocol says. */
export interface CallRules {
  /** Whether a stream is ended when the token that it was opened with ends. */
  readonly cutAtExpiry: boolean;
}

/** See the head of this file. */
export class OpenCalls {
  readonly #access: Access;
  readonly #rules: CallRules;
  readonly #calls = new Map<AnyCall, Claimed['operation']>();

  constructor(access: Access, rules: CallRules) {
    this.#access = access;
    this.#rules = rules;
  }

  /** How many are open. */
  count(operation: Claimed['operation']): number {
    return [...this.#calls.values()].filter((each) => each === operation).length;
  }

  /**
   * Lets a call in, or ends it. It is ended later when a topic of it is deleted.
   *
   * @returns undefined when it was ended.
   */
  async admit(call: AnyCall, operation: Claimed['operation']): Promise<Admission | undefined> {
    this.#calls.set(call, operation);
    const cleanUps: (() => void)[] = [];
    call.once('cancelled', () => {
      this.#calls.delete(call);
      for (const cleanUp of cleanUps) cleanUp();
    });
    try {
      const admission = await this.#access.admit(claimedOf(call, operation));
      if (!this.#calls.has(call)) return undefined;
      // It may have been deleted since.
      const deleted = admission.topics.find(({ isDeleted }) => isDeleted);
      if (deleted !== undefined) throw new Refusal('topic', goneText(deleted));
      cleanUps.push(...this.#endings(call, admission));
      return admission;
    } catch (thrown) {
      const isMissing = thrown instanceof Refusal && thrown.kind === 'no token';
      const text = thrown instanceof Refusal ? thrown.message : 'Internal error';
      endCall(call, isMissing ? status.UNAUTHENTICATED : status.UNKNOWN, text);
      return undefined;
    }
  }

  /** Ends all calls, or those of one operation, with a status. */
  endAll(code: status, details: string, operation?: Claimed['operation']): void {
    for (const [call, each] of this.#calls) {
      if (operation === undefined || each === operation) endCall(call, code, details);
    }
  }

  /** Sees to it that a call is ended in time; gives what undoes it. */
  #endings(call: AnyCall, { topics, expiresAtMs }: Admission): readonly (() => void)[] {
    const undo = topics.map((topic) => topic.onDeleted(() => endCall(call, status.UNKNOWN, goneText(topic))));
    if (!this.#rules.cutAtExpiry) return undo;
    return [...undo, atTime(expiresAtMs, () => endCall(call, status.UNKNOWN, expired))];
  }
}

function claimedOf({ metadata }: AnyCall, operation: Claimed['operation']): Claimed {
  const zone = valueFor(metadata, 'predix-zone-id');
  const authorization = valueFor(metadata, 'authorization');
  return { authorization, zone, topics: topicsOf(metadata, zone), protocol: 'grpc', operation };
}

function goneText({ name }: Topic): string {
  return `Topic ${name} does not exist`;
}

const expired = 'Could not authenticate user: the token has expired';

/** Ends a call with a status other than OK (Predix contract, section 16). */
export function endCall(call: AnyCall, code: status, details: string): void {
  if (!call.cancelled) call.emit('error', { code, details });
}
