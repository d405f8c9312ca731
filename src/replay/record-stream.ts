/**
 * Streams of records, oldest first, read page by page. Never by counting pages: a record that is stored or deleted
 * meanwhile would shift the others. Where the platform gives the oldest first, the next page begins at the time at
 * which the last one ended; where it gives the newest first, a span with more than a page is halved.
 */
import { isAscending, type RecordQuery, type TimeRange } from '../cumulocity/records.js';
import type { StoredRecord } from './stored-record.js';

/** A page of records. */
export interface RecordPage {
  /** Oldest first. */
  readonly records: readonly StoredRecord[];
  /** Whether there may be more. */
  readonly isFull: boolean;
}

/** Reads a page; they count from 1. */
export type ReadPage = (query: RecordQuery, page: number) => Promise<RecordPage>;

/** Records, oldest first. */
export type RecordStream = AsyncGenerator<StoredRecord, void, undefined>;

/**
 * All records of a query.
 * @param query see {@link RecordQuery}
 * @param readPage may reject; the stream then ends with the same error
 */
export function streamRecords(query: RecordQuery, readPage: ReadPage): RecordStream {
  return isAscending(query.api) ? streamForward(query, readPage) : streamHalves(query, readPage, query.time);
}

async function* streamForward(query: RecordQuery, readPage: ReadPage): RecordStream {
  let [from] = query.time;
  const [, to] = query.time;
  // Of the time at which the next page begins: those that were on the last one.
  let seen = new Set<string>();
  while (from <= to) {
    const { records, isFull } = await readPage({ ...query, time: [from, to] }, 1);
    const fresh = records.filter(({ id, time }) => time <= to && !(time === from && seen.has(id)));
    if (!isFull) return yield* fresh;
    const last = records.at(-1)?.time ?? to;
    if (last > from) {
      yield* fresh;
      from = last;
      seen = new Set(records.flatMap(({ id, time }) => (time === last ? [id] : [])));
    } else {
      for await (const record of streamMoment(query, readPage, from)) if (!seen.has(record.id)) yield record;
      from++;
      seen = new Set();
    }
  }
}

async function* streamHalves(query: RecordQuery, readPage: ReadPage, time: TimeRange): RecordStream {
  const [from, to] = time;
  const { records, isFull } = await readPage({ ...query, time }, 1);
  if (!isFull) {
    yield* records.filter((record) => from <= record.time && record.time <= to);
  } else if (from === to) {
    yield* streamMoment(query, readPage, from);
  } else {
    const middle = Math.floor((from + to) / 2);
    yield* streamHalves(query, readPage, [from, middle]);
    yield* streamHalves(query, readPage, [middle + 1, to]);
  }
}

/** More records than a page has share one millisecond: only counting pages is left. */
async function* streamMoment(query: RecordQuery, readPage: ReadPage, at: number): RecordStream {
  for (let number = 1; ; number++) {
    const { records, isFull } = await readPage({ ...query, time: [at, at] }, number);
    yield* records.filter(({ time }) => time === at);
    if (!isFull) return;
  }
}

/** One stream after the other. */
async function* chain(streams: readonly RecordStream[]): RecordStream {
  for (const stream of streams) yield* stream;
}

/**
 * Streams that follow one another in time as one, made when they are asked for.
 * @param queries in order of their times, which do not overlap
 */
export function streamInTurn(queries: readonly RecordQuery[], readPage: ReadPage): RecordStream {
  return chain(queries.map((query) => streamRecords(query, readPage)));
}

/**
 * Merges streams by time; of equal times, that of the earlier stream comes first. A record that several streams
 * have at the same time comes once.
 */
export async function* mergeByTime(streams: readonly RecordStream[]): RecordStream {
  const heads = await Promise.all(streams.map(async (stream) => (await stream.next()).value ?? undefined));
  let now = Number.NEGATIVE_INFINITY;
  const seen = new Set<string>();
  for (;;) {
    const next = earliest(heads);
    const record = heads[next];
    if (record === undefined) return;
    heads[next] = (await streams[next]?.next())?.value ?? undefined;
    if (record.time !== now) seen.clear();
    now = record.time;
    const key = `${record.notification.api} ${record.id}`;
    if (seen.has(key)) continue;
    seen.add(key);
    yield record;
  }
}

function earliest(heads: readonly (StoredRecord | undefined)[]): number {
  let found = 0;
  for (const [at, record] of heads.entries()) {
    if ((record?.time ?? Number.POSITIVE_INFINITY) < (heads[found]?.time ?? Number.POSITIVE_INFINITY))
      found = at;
  }
  return found;
}
