/** The calls that are open now, so that they can be ended from this side. */
import { status } from '@grpc/grpc-js';
import { type Access, type Admission, type Claimed, Refusal } from '../access.js';
import type { AnyCall } from './any-call.js';
import { firstOf, topicsOf } from './metadata.js';

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
    const { metadata } = call;
    const zone = firstOf(metadata, 'predix-zone-id');
    const authorization = firstOf(metadata, 'authorization');
    this.#calls.set(call, operation);
    const cleanUps: (() => void)[] = [];
    call.once('cancelled', () => {
      this.#calls.delete(call);
      for (const cleanUp of cleanUps) cleanUp();
    });
    try {
      const topics = topicsOf(metadata, zone);
      const admission = await this.#access.admit({
        authorization,
        zone,
        topics,
        protocol: 'grpc',
        operation,
      });
      if (!this.#calls.has(call)) return undefined;
      for (const topic of admission.topics) {
        cleanUps.push(
          topic.onDeleted(() => endCall(call, status.UNKNOWN, `Topic ${topic.name} does not exist`)),
        );
      }
      if (this.#rules.cutAtExpiry) {
        const leftMs = Math.min(admission.expiresAtMs - Date.now(), 2 ** 31 - 1);
        const timer = setTimeout(() => endCall(call, status.UNKNOWN, expired), leftMs);
        cleanUps.push(() => clearTimeout(timer));
      }
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
}

const expired = 'Could not authenticate user: the token has expired';

/** Ends a call with a status other than OK (Predix contract, section 16). */
export function endCall(call: AnyCall, code: status, details: string): void {
  if (!call.cancelled) call.emit('error', { code, details });
}
