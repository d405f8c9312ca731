/** What a gap holds of one API of one source: how much was let go, and where a replay finds it again. */
import { z } from 'zod';
import { type Span, Spans } from './spans.js';

/** The APIs that can be read again over REST, in the order in which equal times are replayed. */
export const REPLAYABLE_APIS = ['managedobjects', 'operations', 'alarms', 'events', 'measurements'] as const;

/** One of {@link REPLAYABLE_APIS}. */
export type ReplayableApi = (typeof REPLAYABLE_APIS)[number];

/** How long an operation is looked for that may have changed: nearly all are carried out within a day, or never. */
const OPERATION_MS = 24 * 60 * 60 * 1000;

/** A notification that is let go, as far as a replay has to know it. Times in milliseconds since 1970. */
export interface LetGo {
  readonly source: string;
  readonly api: ReplayableApi;
  readonly action: 'CREATE' | 'UPDATE' | 'DELETE';
  /** By which REST sorts and selects; `undefined` for a deletion, which cannot be read again. */
  readonly time: number | undefined;
  readonly created: number | undefined;
  readonly updated: number | undefined;
}

const span = z.tuple([z.number(), z.number()]);
/** Short, because there is one for each API of each device. */
const Written = z.tuple([
  z.enum(REPLAYABLE_APIS),
  z.tuple([z.number(), z.number(), z.number(), z.number()]),
  z.array(span),
  z.array(span),
  z.union([span, z.null()]),
  z.union([span, z.null()]),
]);

/** A share as it stands in a connector object. */
export type WrittenShare = z.infer<typeof Written>;

function widened(range: Span | undefined, time: number | undefined): Span | undefined {
  if (time === undefined) return range;
  return range === undefined ? [time, time] : [Math.min(range[0], time), Math.max(range[1], time)];
}

/** See the head of this file. */
export class Share {
  readonly api: ReplayableApi;
  created = 0;
  updated = 0;
  deleted = 0;
  /** Objects that were replayed so far. */
  replayed = 0;
  /** `time` of what was created, and of what was updated. */
  spans = new Spans();
  updatedSpans = new Spans();
  /** Creation times of what was created; times of change of what was updated. */
  creation: Span | undefined;
  change: Span | undefined;

  constructor(api: ReplayableApi) {
    this.api = api;
  }

  /** Everything of a time, whatever it was: for a gap whose notifications nobody has seen. */
  static ofSpan(api: ReplayableApi, from: number, to: number): Share {
    const share = new Share(api);
    share.spans.addSpan([from, to]);
    // When something was created or changed says more than the time that a device gave it, where it can be asked for.
    if (api === 'events' || api === 'alarms') {
      share.updatedSpans.addSpan([0, to]);
      share.spans = new Spans([[0, to]]);
      share.creation = [from, to];
      share.change = [from, to];
    }
    // These can only be asked for by when they were created, and are changed for as long as they are carried out.
    if (api === 'operations') share.spans = new Spans([[Math.max(0, from - OPERATION_MS), to]]);
    return share;
  }

  /** @throws ZodError when it has another form */
  static read(written: unknown): Share {
    const [api, counts, spans, updatedSpans, creation, change] = Written.parse(written);
    const share = new Share(api);
    [share.created, share.updated, share.deleted, share.replayed] = counts;
    share.spans = new Spans(spans);
    share.updatedSpans = new Spans(updatedSpans);
    share.creation = creation ?? undefined;
    share.change = change ?? undefined;
    return share;
  }

  /** Whether there is nothing left to read. */
  get isEmpty(): boolean {
    return this.spans.isEmpty && this.updatedSpans.isEmpty;
  }

  /** Adds one notification. */
  add({ action, time, created, updated }: LetGo): void {
    if (action === 'CREATE') {
      this.created++;
      if (time !== undefined) this.spans.add(time);
      this.creation = widened(this.creation, created);
    } else if (action === 'UPDATE') {
      this.updated++;
      if (time !== undefined) this.updatedSpans.add(time);
      this.change = widened(this.change, updated);
    } else this.deleted++;
  }

  /** Adds all of another share of the same API. */
  join(other: Share): void {
    this.created += other.created;
    this.updated += other.updated;
    this.deleted += other.deleted;
    this.replayed += other.replayed;
    for (const each of other.spans.list) this.spans.addSpan(each);
    for (const each of other.updatedSpans.list) this.updatedSpans.addSpan(each);
    for (const time of other.creation ?? []) this.creation = widened(this.creation, time);
    for (const time of other.change ?? []) this.change = widened(this.change, time);
  }

  /** Takes away what lies before a time: it was replayed. */
  cutBefore(time: number): void {
    this.spans.cutBefore(time);
    this.updatedSpans.cutBefore(time);
  }

  write(): WrittenShare {
    return [
      this.api,
      [this.created, this.updated, this.deleted, this.replayed],
      this.spans.list.map(([from, to]) => [from, to]),
      this.updatedSpans.list.map(([from, to]) => [from, to]),
      this.creation === undefined ? null : [...this.creation],
      this.change === undefined ? null : [...this.change],
    ];
  }
}
