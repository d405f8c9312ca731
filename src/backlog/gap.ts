/**
 * A gap: notifications of a route that were let go, or that nobody kept, and that a replay brings back. It stands in
 * the tenant's connector object until the replay has closed it:
 *
 *     eventhubs_Gap_<id>           the head: which route, why, from when to when, how many
 *     eventhubs_Gap_<id>_<part>    the content in parts, see `GapContent`
 *
 * A gap is `open` while notifications are let go into it; only the copy of the service that opened it writes it
 * then. It is `ended` when nothing more comes in; then the leading copy replays it and writes its progress.
 */
import { hash } from 'node:crypto';
import { z } from 'zod';
import { GapContent } from './gap-content.js';
import { REPLAYABLE_APIS, type ReplayableApi, Share } from './share.js';
import type { Span } from './spans.js';

/** What the names of all fragments of gaps begin with. */
export const GAP_PREFIX = 'eventhubs_Gap_';

/**
 * Why there is a gap.
 * - `backlog`: let go before the topic was full
 * - `retention`: kept for longer than the platform keeps anything
 * - `subscription`: the subscription was missing
 * - `absence`: nobody read the topic for so long that it may have been full, or the subscriber was gone
 * - `requested`: an administrator asked for a replay
 */
export const GAP_REASONS = ['backlog', 'retention', 'subscription', 'absence', 'requested'] as const;

/** One of {@link GAP_REASONS}. */
export type GapReason = (typeof GAP_REASONS)[number];

const Counts = z.partialRecord(z.enum(REPLAYABLE_APIS), z.number());

const Head = z.object({
  route: z.string(),
  reason: z.enum(GAP_REASONS),
  state: z.enum(['open', 'ended']),
  /** The copy of the service that opened it. */
  copy: z.string(),
  from: z.string(),
  to: z.string(),
  /** Notifications that were let go; none where nobody has seen them. */
  letGo: Counts,
  /** Events that the hub has accepted in their place. */
  replayed: Counts,
  /** Of these, those beyond what was let go: they stand in the hub twice. */
  repeated: Counts,
  /** Earlier states of objects that changed since, and what was deleted. */
  notBroughtBack: Counts,
  /** Beginnings of the ids of those let go last: they come again if their acknowledgements were lost. */
  inDoubt: z.string().optional(),
});

/** How often something of each API. */
export type ApiCounts = Partial<Record<ReplayableApi, number>>;

/** The head of a gap, see above. Times are ISO 8601 in UTC. */
export type GapHead = z.infer<typeof Head>;

/** Fragments to be written; `null` takes one out. */
export type Fragments = Readonly<Record<string, unknown>>;

/** What stands in a fragment's name, and is told from the number of a part. */
const ID = /^[A-Za-z0-9]+$/;
const HEAD_NAME = /^eventhubs_Gap_([A-Za-z0-9]+)$/;
const ID_LENGTH = 12;

/**
 * Adds to a count.
 * @param counts changed in place
 */
export function count(counts: ApiCounts, api: ReplayableApi, by = 1): void {
  counts[api] = (counts[api] ?? 0) + by;
}

/** See the head of this file. */
export class Gap {
  readonly id: string;
  readonly head: GapHead;
  readonly content: GapContent;

  /** @throws Error when the id is not made of letters and digits: nobody would find the gap again */
  constructor(id: string, head: GapHead, content: GapContent) {
    if (!ID.test(id)) throw new Error(`gap: "${id}" is no id`);
    this.id = id;
    this.head = head;
    this.content = content;
  }

  /**
   * Makes a gap that nothing was let go into yet.
   * @param id letters and digits
   * @throws Error when it is not
   */
  static make(id: string, head: Pick<GapHead, 'route' | 'reason' | 'state' | 'copy' | 'from' | 'to'>): Gap {
    const empty = { letGo: {}, replayed: {}, repeated: {}, notBroughtBack: {} };
    return new Gap(id, { ...head, ...empty }, new GapContent());
  }

  /**
   * Makes a gap of a time whose notifications nobody has seen.
   * @param head see {@link GapHead}; the same head gives the same gap, whoever makes it
   * @param content the sources, `ANY_SOURCE` for all, and the APIs; and when
   * @param salt makes gaps differ that are the same otherwise
   */
  static ofSpan(
    head: Pick<GapHead, 'route' | 'reason' | 'state' | 'copy'>,
    { sources, apis, span }: { sources: readonly string[]; apis: readonly ReplayableApi[]; span: Span },
    salt = '',
  ): Gap {
    const [from, to] = span.map((ms) => new Date(ms).toISOString()) as [string, string];
    const id = hash('sha256', JSON.stringify([head.route, head.reason, span, sources, apis, salt])).slice(
      0,
      ID_LENGTH,
    );
    const gap = Gap.make(id, { ...head, from, to });
    for (const source of sources) {
      for (const api of apis) gap.content.join(source, Share.ofSpan(api, ...span));
    }
    return gap;
  }

  /**
   * Reads all gaps of a connector object.
   * @param fragments of the object
   * @param onUnreadable called with the name of a fragment that has another form; its gap is left out
   */
  static readAll(fragments: Fragments, onUnreadable: (name: string) => void): readonly Gap[] {
    return Object.entries(fragments).flatMap(([name, value]) => {
      const id = HEAD_NAME.exec(name)?.[1];
      if (id === undefined || value === null) return [];
      try {
        return [new Gap(id, Head.parse(value), GapContent.read(partsOf(id, fragments)))];
      } catch {
        onUnreadable(name);
        return [];
      }
    });
  }

  /** The fragments that have changed since the last time, the head always among them; later changes stay out. */
  write(): Fragments {
    const name = `${GAP_PREFIX}${this.id}`;
    const parts = [...this.content.takeChanged()].map(([part, value]) => [`${name}_${part}`, value]);
    return { [name]: structuredClone(this.head), ...Object.fromEntries(parts) };
  }

  /** Has `write` give all parts: what was written before is gone. */
  allIsGone(): void {
    this.content.allIsGone();
  }

  /** Has `write` give again what it gave: that was not written, or it is not known whether it was. */
  notWritten(fragments: Fragments): void {
    const prefix = `${GAP_PREFIX}${this.id}_`;
    const names = Object.keys(fragments).filter((name) => name.startsWith(prefix));
    this.content.putBack(names.map((name) => Number(name.slice(prefix.length))));
  }

  /** Nothing more comes in; everything before this time, in milliseconds since 1970, is in it. */
  end(at: number): void {
    this.head.state = 'ended';
    this.head.to = new Date(at).toISOString();
    delete this.head.inDoubt;
  }

  /** Ends a gap of a time whose notifications nobody has seen, which was opened before it was known when it ends. */
  endSpan(at: number): void {
    const from = Date.parse(this.head.from);
    for (const source of this.content.sources) {
      for (const api of this.content.sharesOf(source).keys()) {
        this.content.join(source, Share.ofSpan(api, from, at));
      }
    }
    this.end(at);
  }

  /** What takes the gap out of the connector object. */
  remove(): Fragments {
    for (const source of this.content.sources) this.content.finish(source);
    return { ...this.write(), [`${GAP_PREFIX}${this.id}`]: null };
  }
}

function partsOf(id: string, fragments: Fragments): readonly unknown[] {
  const prefix = `${GAP_PREFIX}${id}_`;
  return Object.entries(fragments).flatMap(([name, value]) =>
    name.startsWith(prefix) && value !== null ? [value] : [],
  );
}
