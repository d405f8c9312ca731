/**
 * What a gap holds: for each source, its shares. Small enough for a managed object, however many devices there are:
 * beyond a limit, all sources of an API become one. Kept in parts, so that a change writes only what it touches.
 */
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { type LetGo, type ReplayableApi, Share, type WrittenShare } from './share.js';

/** Stands for all sources together. */
export const ANY_SOURCE = '*';

/** How many parts there are. With the limit below, a part has some 20 KB; Cumulocity wants at most 32 (quotas). */
export const PARTS = 32;
const MOST_SHARES = 6000;

/** Some of a gap's content as it stands in a connector object. */
export type WrittenPart = readonly (readonly [source: string, shares: readonly WrittenShare[]])[];

const Part = z.array(z.tuple([z.string(), z.array(z.unknown())]));

/** All shares of one source. */
export type SourceShares = ReadonlyMap<ReplayableApi, Share>;

function partOf(source: string): number {
  return crc32(source) % PARTS;
}

/** See the head of this file. */
export class GapContent {
  readonly #sources = new Map<string, Map<ReplayableApi, Share>>();
  readonly #changed = new Set<number>();
  readonly #folded = new Set<ReplayableApi>();
  readonly #mostShares: number;
  #shares = 0;

  /** @param mostShares other than the default only in tests */
  constructor(mostShares = MOST_SHARES) {
    this.#mostShares = mostShares;
  }

  /**
   * @param parts as they stand in a connector object
   * @throws ZodError when one has another form
   */
  static read(parts: readonly unknown[]): GapContent {
    const content = new GapContent();
    for (const [source, shares] of parts.flatMap((part) => Part.parse(part))) {
      for (const written of shares) content.join(source, Share.read(written));
    }
    content.#changed.clear();
    return content;
  }

  /** The sources, those with the most to tell apart last: all of them together. */
  get sources(): readonly string[] {
    return [...this.#sources.keys()].sort(
      (left, right) => Number(left === ANY_SOURCE) - Number(right === ANY_SOURCE),
    );
  }

  get isEmpty(): boolean {
    return this.#sources.size === 0;
  }

  /** The shares of a source; none when there is nothing left of it. */
  sharesOf(source: string): SourceShares {
    return this.#sources.get(source) ?? new Map();
  }

  /** Adds one notification that is let go. */
  add(letGo: LetGo): void {
    this.#shareOf(letGo.source, letGo.api).add(letGo);
    this.#foldIfTooMany();
  }

  /** Adds a whole share. */
  join(source: string, share: Share): void {
    this.#shareOf(source, share.api).join(share);
    this.#foldIfTooMany();
  }

  /** Notes that what lies before a time was replayed, and how many objects of each API that were. */
  advance(source: string, time: number, replayed: ReadonlyMap<ReplayableApi, number>): void {
    for (const [api, share] of this.sharesOf(source)) {
      share.cutBefore(time);
      share.replayed += replayed.get(api) ?? 0;
    }
    this.#changed.add(partOf(source));
  }

  /** Takes out a source: all of it was replayed. */
  finish(source: string): void {
    this.#shares -= this.#sources.get(source)?.size ?? 0;
    this.#sources.delete(source);
    this.#changed.add(partOf(source));
  }

  /** The parts that have changed since they were last taken, by their number; `null` for one that is empty now. */
  takeChanged(): ReadonlyMap<number, WrittenPart | null> {
    const parts = new Map([...this.#changed].map((part): [number, [string, WrittenShare[]][]] => [part, []]));
    this.#changed.clear();
    for (const [source, shares] of this.#sources) {
      parts.get(partOf(source))?.push([source, [...shares.values()].map((share) => share.write())]);
    }
    return new Map([...parts].map(([part, sources]) => [part, sources.length === 0 ? null : sources]));
  }

  /** Has `takeChanged` give all parts that are not empty. */
  allIsGone(): void {
    this.putBack([...this.#sources.keys()].map(partOf));
  }

  /** Has `takeChanged` give these parts again: they could not be written. */
  putBack(parts: Iterable<number>): void {
    for (const part of parts) this.#changed.add(part);
  }

  #shareOf(given: string, api: ReplayableApi): Share {
    const source = this.#folded.has(api) ? ANY_SOURCE : given;
    let shares = this.#sources.get(source);
    if (shares === undefined) {
      shares = new Map();
      this.#sources.set(source, shares);
    }
    let share = shares.get(api);
    if (share === undefined) {
      share = new Share(api);
      shares.set(api, share);
      this.#shares++;
      if (source === ANY_SOURCE) this.#folded.add(api);
    }
    this.#changed.add(partOf(source));
    return share;
  }

  #foldIfTooMany(): void {
    if (this.#shares <= this.#mostShares) return;
    const counts = new Map<ReplayableApi, number>();
    for (const [source, shares] of this.#sources) {
      for (const api of shares.keys()) if (source !== ANY_SOURCE) counts.set(api, (counts.get(api) ?? 0) + 1);
    }
    const [most] = [...counts].sort(([, left], [, right]) => right - left);
    if (most !== undefined) this.#fold(most[0]);
  }

  #fold(api: ReplayableApi): void {
    this.#folded.add(api);
    for (const [source, shares] of [...this.#sources]) {
      const share = source === ANY_SOURCE ? undefined : shares.get(api);
      if (share === undefined) continue;
      this.#shareOf(ANY_SOURCE, api).join(share);
      shares.delete(api);
      this.#shares--;
      if (shares.size === 0) this.#sources.delete(source);
      this.#changed.add(partOf(source));
    }
  }
}
