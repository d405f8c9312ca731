/**
 * The alarms of one tenant, on its connector object. Whoever raises or clears one only says how it should be; the
 * board brings the platform there, trying again until it succeeds or something else is wanted.
 */
import { type BackoffOptions, backoffMs, wait } from '../backoff.js';
import { changeAlarm, findAlarms, raiseAlarm, type Severity } from '../cumulocity/alarms.js';
import type { PlatformClient } from '../cumulocity/platform-client.js';
import { PlatformError, reasonOf } from '../errors.js';
import type { Log } from '../log.js';

/** The alarms that the service raises. */
export const ALARM_TYPES = {
  /** The topic fills up: half of the way to where something is done about it is gone. */
  backlogGrows: 'eventhubs_BacklogGrows',
  /** Something is missing in the hub, and is being replayed or will be. */
  gap: 'eventhubs_Gap',
  /** The hub refuses the service itself, and is asked only now and then any more. */
  hubRefuses: 'eventhubs_HubRefuses',
  /** The hub refuses events for good. */
  eventsRejected: 'eventhubs_EventsRejected',
} as const;

/** One of {@link ALARM_TYPES}. */
export type AlarmType = (typeof ALARM_TYPES)[keyof typeof ALARM_TYPES];

interface Wanted {
  readonly severity: Severity;
  readonly text: string;
}

/** How one alarm should be, and how it is as far as is known. */
interface Entry {
  wanted: Wanted | undefined;
  /** `undefined`: not known; an earlier run may have left one. */
  shown: Wanted | 'none' | undefined;
  id: string | undefined;
  working: Promise<void> | undefined;
  /** Cuts the wait short that keeps texts from changing all the time. */
  hurry: AbortController;
}

/** What a board is made of. */
export interface AlarmBoardParts {
  readonly service: PlatformClient;
  /** The managed object that the alarms are about. */
  readonly source: (signal: AbortSignal) => Promise<string>;
  readonly backoff: BackoffOptions;
  /** The least time from one change of an alarm's text to the next, in milliseconds. */
  readonly changeMs: number;
  readonly log: Log;
}

/** See the head of this file. */
export class AlarmBoard {
  readonly #parts: AlarmBoardParts;
  readonly #abort = new AbortController();
  readonly #entries = new Map<AlarmType, Entry>();
  #service: PlatformClient;

  constructor(parts: AlarmBoardParts) {
    this.#parts = parts;
    this.#service = parts.service;
  }

  /** Takes over a client with new credentials. */
  useService(service: PlatformClient): void {
    this.#service = service;
  }

  /** Wants an alarm to be there, with this text. */
  raise(type: AlarmType, severity: Severity, text: string): void {
    this.#want(type, { severity, text });
  }

  /** Wants no alarm of this type to be there. */
  clear(type: AlarmType): void {
    this.#want(type, undefined);
  }

  /** Does not rely any more on alarms being cleared: another copy of the service may have raised one meanwhile. */
  doubt(): void {
    for (const entry of this.#entries.values()) if (entry.shown === 'none') entry.shown = undefined;
  }

  /** Ends all work; alarms stay as they are. */
  async stop(): Promise<void> {
    this.#abort.abort();
    for (const { hurry } of this.#entries.values()) hurry.abort();
    await Promise.all([...this.#entries.values()].map(({ working }) => working));
  }

  #want(type: AlarmType, wanted: Wanted | undefined): void {
    let entry = this.#entries.get(type);
    if (entry === undefined) {
      entry = {
        wanted: undefined,
        shown: undefined,
        id: undefined,
        working: undefined,
        hurry: new AbortController(),
      };
      this.#entries.set(type, entry);
    }
    entry.wanted = wanted;
    if (wanted === undefined) entry.hurry.abort();
    if (!isDone(entry)) entry.working ??= this.#work(type, entry);
  }

  async #work(type: AlarmType, entry: Entry): Promise<void> {
    const { signal } = this.#abort;
    for (let failures = 0; !isDone(entry) && !signal.aborted; ) {
      try {
        await this.#show(type, entry, entry.wanted);
        failures = 0;
        entry.hurry = new AbortController();
        if (entry.wanted !== undefined && !signal.aborted)
          await wait(this.#parts.changeMs, entry.hurry.signal);
      } catch (thrown) {
        failures++;
        if (failures === 1 && !signal.aborted) {
          this.#parts.log.warn('an alarm could not be set, trying again', { type, reason: reasonOf(thrown) });
        }
        await wait(backoffMs(failures, this.#parts.backoff), signal);
      }
    }
    entry.working = undefined;
  }

  async #show(type: AlarmType, entry: Entry, wanted: Wanted | undefined): Promise<void> {
    const { signal } = this.#abort;
    const source = await this.#parts.source(signal);
    if (wanted === undefined) {
      for (const id of await findAlarms(this.#service, source, type, signal)) {
        await changeAlarm(this.#service, id, { status: 'CLEARED' }, signal);
      }
      entry.id = undefined;
      entry.shown = 'none';
      return;
    }
    const wasNone = entry.shown === 'none';
    // Where the attempt fails it is not known whether it was stored: one that could not be published is answered with
    // an error.
    entry.shown = undefined;
    // Raised anew also where only the text changes: somebody may have cleared it.
    const id = await raiseAlarm(this.#service, { source, type, ...wanted }, signal);
    const isNew = id !== entry.id && wasNone;
    entry.id = id;
    // Of an alarm that is there already the platform keeps text and severity.
    if (!isNew) await this.#change(id, wanted);
    entry.shown = wanted;
  }

  async #change(id: string, wanted: Wanted): Promise<void> {
    try {
      await changeAlarm(this.#service, id, wanted, this.#abort.signal);
    } catch (thrown) {
      // While the connector object is in maintenance nothing is stored, and there is nothing to change.
      if (!(thrown instanceof PlatformError && thrown.status === 404)) throw thrown;
    }
  }
}

function isDone({ wanted, shown }: Entry): boolean {
  if (wanted === undefined || shown === undefined || shown === 'none')
    return wanted === undefined && shown === 'none';
  return wanted.severity === shown.severity && wanted.text === shown.text;
}
