/** The gaps that were closed last, kept in the connector object for people to see: `eventhubs_ClosedGaps`. */
import { z } from 'zod';
import type { Fragments, Gap } from '../backlog/gap.js';
import type { ObjectFragments } from '../cumulocity/connector-object.js';

const FRAGMENT = 'eventhubs_ClosedGaps';
const MOST = 20;

const counts = z.record(z.string(), z.number());
const Closed = z.object({
  id: z.string(),
  route: z.string(),
  reason: z.string(),
  from: z.string(),
  to: z.string(),
  closedAt: z.string(),
  letGo: counts,
  replayed: counts,
  repeated: counts,
  notBroughtBack: counts,
});

/** A gap that was closed; `letGo` = `replayed` - `repeated` + `notBroughtBack`, for each API. */
export type ClosedGap = z.infer<typeof Closed>;

/** See the head of this file. */
export class GapHistory {
  #closed: readonly ClosedGap[] = [];

  /** Newest first. */
  get closed(): readonly ClosedGap[] {
    return this.#closed;
  }

  /** Takes in what stands in the connector object; that may be older than what was added here. */
  read(fragments: ObjectFragments): void {
    const { data = [] } = z.array(Closed).safeParse(fragments[FRAGMENT]);
    const others = this.#closed.filter(({ id }) => !data.some((read) => read.id === id));
    this.#closed = [...data, ...others]
      .sort((left, right) => right.closedAt.localeCompare(left.closedAt))
      .slice(0, MOST);
  }

  /**
   * Adds a gap that is closed now.
   * @returns what is to be written
   */
  add({ id, head }: Gap): Fragments {
    const { route, reason, from, to, letGo, replayed, repeated, notBroughtBack } = head;
    const closedAt = new Date().toISOString();
    const closed = { id, route, reason, from, to, closedAt, letGo, replayed, repeated, notBroughtBack };
    this.#closed = [closed as ClosedGap, ...this.#closed.filter((other) => other.id !== id)].slice(0, MOST);
    return { [FRAGMENT]: this.#closed };
  }
}
