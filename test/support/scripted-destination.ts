/** An event hub that answers each call as a test scripted it, and records what it was given. */
import type { Batch, Destination, Answer as TakeAnswer } from '../../src/delivery/destination.js';
import { SendError } from '../../src/errors.js';
import type { HubEvent } from '../../src/mapping/hub-event.js';

/**
 * How a call ends: `ok`; `hang` until the test lets go or the caller gives up; `lost answer`: done, but the caller
 * is told that it failed; or with an error.
 */
export type Answer = 'ok' | 'hang' | 'lost answer' | Error;

type Call = 'open' | 'createBatch' | 'send';

/** A failure after which the same batch may be tried again. */
export function refusedForNow(condition = 'ServiceUnavailableError', minimumWaitMs = 0): SendError {
  return new SendError({ retryable: true, condition, message: 'refused for now', minimumWaitMs });
}

/** A failure that will never end. */
export function refusedForGood(condition = 'ArgumentError'): SendError {
  return new SendError({ retryable: false, condition, message: 'refused for good' });
}

/** The refusal of a batch or an event that is too large. */
export function refusedAsTooLarge(): SendError {
  const condition = 'MessageTooLargeError';
  return new SendError({ retryable: false, condition, subject: 'size', message: 'too large' });
}

/** The refusal of a partition that the hub does not have. */
export function noSuchPartition(): SendError {
  const condition = 'ArgumentOutOfRangeError';
  return new SendError({ retryable: true, condition, subject: 'place', message: 'no such partition' });
}

/**
 * What a hub answers for one event by itself; `stored, lost`: it has the event, and the connection is lost before it
 * could say so. What is not answered when a call ends fails with it.
 */
export type EventAnswer = 'ok' | 'stored, lost' | 'lost' | SendError;

/** A batch with room for some events and some bytes. */
export class ScriptedBatch implements Batch {
  readonly partitionId: string;
  readonly events: HubEvent[] = [];
  isStale = false;
  readonly #room: (events: readonly HubEvent[]) => boolean;
  readonly #isOneOfAKey: boolean;

  constructor(partitionId: string, room: (events: readonly HubEvent[]) => boolean, isOneOfAKey = false) {
    this.partitionId = partitionId;
    this.#room = room;
    this.#isOneOfAKey = isOneOfAKey;
  }

  mustWait({ partitionKey }: HubEvent): boolean {
    return this.#isOneOfAKey && this.events.some((event) => event.partitionKey === partitionKey);
  }

  tryAdd(event: HubEvent): boolean {
    if (!this.#room([...this.events, event])) return false;
    this.events.push(event);
    return true;
  }
}

/** See the head of this file. */
export class ScriptedDestination implements Destination<ScriptedBatch> {
  /** The answers to come, by call; what is not scripted is answered by `answerSend`, or with `ok`. */
  readonly script: Record<Call, Answer[]> = { open: [], createBatch: [], send: [] };
  /** Answers the sends that are not scripted. */
  answerSend: (events: readonly HubEvent[]) => Answer = () => 'ok';
  /** Answers for each event of a send by itself; no two of one key are in a batch then. */
  answerEvent: ((event: HubEvent) => EventAnswer) | undefined;
  /** Whether a batch has room for these events. */
  room: (events: readonly HubEvent[]) => boolean = () => true;
  /** Each batch at the moment it was sent. */
  readonly attempts: { readonly partitionId: string; readonly events: readonly HubEvent[] }[] = [];
  /** Every event that the hub has, repeats included, in its order. */
  readonly accepted: { readonly partitionId: string; readonly event: HubEvent }[] = [];
  /** The most sends to one partition that were under way at once. */
  mostInFlight = 0;
  /** Calls that were made although the caller's signal was aborted already. */
  callsAfterAbort = 0;
  /** The partitions that the hub has now. */
  partitionIds: readonly string[];
  closed = 0;
  readonly #calls: Record<Call, number> = { open: 0, createBatch: 0, send: 0 };
  readonly #inFlight = new Map<string, number>();
  #held: { go: () => void; fail: (error: Error) => void }[] = [];
  #watchers: { call: Call; count: number; reached: () => void }[] = [];

  constructor(partitionIds: readonly string[] = ['0']) {
    this.partitionIds = partitionIds;
  }

  /** The ids of the events of each send, in order. */
  get sentIds(): readonly (readonly string[])[] {
    return this.attempts.map(({ events }) => events.map(({ messageId }) => messageId));
  }

  /** The ids of the events that the hub has, each once, where its first copy stands. */
  get firstCopies(): readonly string[] {
    return [...new Set(this.accepted.map(({ event }) => event.messageId))];
  }

  /** How often a method was called. */
  count(call: Call): number {
    return this.#calls[call];
  }

  /** Resolves when a method has been called this often. */
  reached(call: Call, count: number): Promise<void> {
    if (this.#calls[call] >= count) return Promise.resolve();
    return new Promise((resolve) => this.#watchers.push({ call, count, reached: resolve }));
  }

  /** Ends every hanging call: well, or with an error. */
  letGo(error?: Error): void {
    for (const { go, fail } of this.#held.splice(0)) error === undefined ? go() : fail(error);
  }

  async open(signal: AbortSignal): Promise<readonly string[]> {
    await this.#play('open', signal, () => 'ok');
    return this.partitionIds;
  }

  partitionFor(key: string, partitionIds: readonly string[]): string {
    return partitionIds[Number(key) % partitionIds.length] ?? '';
  }

  async createBatch(partitionId: string, signal: AbortSignal): Promise<ScriptedBatch> {
    await this.#play('createBatch', signal, () => this.#answerFor(partitionId));
    return new ScriptedBatch(partitionId, this.room, this.answerEvent !== undefined);
  }

  async send(batch: ScriptedBatch, signal: AbortSignal, take: TakeAnswer): Promise<void> {
    const { partitionId, events } = batch;
    this.attempts.push({ partitionId, events: [...events] });
    const inFlight = (this.#inFlight.get(partitionId) ?? 0) + 1;
    this.mostInFlight = Math.max(this.mostInFlight, inFlight);
    this.#inFlight.set(partitionId, inFlight);
    try {
      const answer = await this.#play('send', signal, () => this.#answerFor(partitionId, events));
      if (this.answerEvent !== undefined) {
        batch.isStale = true;
        this.#answerEach(batch, this.answerEvent, take);
        return;
      }
      this.accepted.push(...events.map((event) => ({ partitionId, event })));
      if (answer === 'lost answer') throw refusedForNow('lost answer');
    } finally {
      this.#inFlight.set(partitionId, inFlight - 1);
    }
  }

  close(): Promise<void> {
    this.closed++;
    return Promise.resolve();
  }

  #answerEach(
    { partitionId, events }: ScriptedBatch,
    answerOf: (event: HubEvent) => EventAnswer,
    take: TakeAnswer,
  ): void {
    let isLost = false;
    events.forEach((event, index) => {
      const answer = answerOf(event);
      if (answer === 'ok' || answer === 'stored, lost') this.accepted.push({ partitionId, event });
      if (answer === 'lost' || answer === 'stored, lost') isLost = true;
      else take(index, answer === 'ok' ? undefined : answer);
    });
    if (isLost) throw refusedForNow('lost');
  }

  #answerFor(partitionId: string, events?: readonly HubEvent[]): Answer {
    if (!this.partitionIds.includes(partitionId)) return noSuchPartition();
    return events === undefined ? 'ok' : this.answerSend(events);
  }

  async #play(call: Call, signal: AbortSignal, otherwise: () => Answer): Promise<Answer> {
    if (signal.aborted) this.callsAfterAbort++;
    const calls = ++this.#calls[call];
    const isReached = (watcher: { call: Call; count: number }): boolean =>
      watcher.call === call && watcher.count <= calls;
    for (const { reached } of this.#watchers.filter(isReached)) reached();
    this.#watchers = this.#watchers.filter((watcher) => !isReached(watcher));
    const answer = this.script[call].shift() ?? otherwise();
    if (answer instanceof Error) throw answer;
    if (answer === 'hang') await this.#hold(signal);
    return answer;
  }

  #hold(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#held.push({ go: resolve, fail: reject });
      signal.addEventListener('abort', () => reject(refusedForNow('cancelled')), { once: true });
    });
  }
}
