import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RecordQuery } from '../../src/cumulocity/records.js';
import { mergeByTime, type ReadPage, streamInTurn, streamRecords } from '../../src/replay/record-stream.js';
import type { StoredRecord } from '../../src/replay/stored-record.js';
import { storedRecord } from '../support/stored-records.js';

const PAGE = 3;

/** A platform's collection: pages of three, oldest or newest first, the end of a range taken a little too wide. */
function platform(
  records: readonly StoredRecord[],
  isNewestFirst = false,
): { readPage: ReadPage; queries: RecordQuery[] } {
  const queries: RecordQuery[] = [];
  const sorted = [...records].sort((left, right) => left.time - right.time);
  if (isNewestFirst) sorted.reverse();
  const readPage: ReadPage = async (query, page) => {
    queries.push(query);
    const found = sorted.filter(({ time }) => time >= query.time[0] && time <= query.time[1] + 1);
    const shown = found.slice((page - 1) * PAGE, page * PAGE);
    return {
      records: [...shown].sort((left, right) => left.time - right.time),
      isFull: shown.length === PAGE,
    };
  };
  return { readPage, queries };
}

async function all(stream: AsyncIterable<StoredRecord>): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  for await (const record of stream) records.push(record);
  return records;
}

const ids = (records: readonly StoredRecord[]): readonly string[] => records.map(({ id }) => id).sort();
const query = (api: RecordQuery['api'], from = 0, to = 1000): RecordQuery => ({
  api,
  source: '7',
  time: [from, to],
});

// Few different times, so that many records share one.
const records = fc
  .array(fc.nat(12), { maxLength: 40 })
  .map((times) => times.map((time, at) => storedRecord('events', `${at}`, time)));

test.each([
  ['oldest first', 'events', false],
  ['newest first', 'alarms', true],
] as const)(
  'every record of a span comes once and in order from a platform that gives the %s',
  async (_, api, isNewestFirst) => {
    await fc.assert(
      fc.asyncProperty(records, fc.nat(12), fc.nat(12), async (given, one, other) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)];
        const read = await all(streamRecords(query(api, from, to), platform(given, isNewestFirst).readPage));
        expect(ids(read)).toEqual(ids(given.filter(({ time }) => time >= from && time <= to)));
        for (const [at, { time }] of read.entries())
          expect(time).toBeGreaterThanOrEqual(read[at - 1]?.time ?? 0);
      }),
    );
  },
);

test('what is stored or deleted between two pages neither hides nor repeats another record', async () => {
  const given = Array.from({ length: 12 }, (_, at) => storedRecord('events', `${at}`, at * 10));
  const changing = [...given];
  const stream = streamRecords(query('events'), (asked, page) => platform(changing).readPage(asked, page));
  const read: StoredRecord[] = [];
  for await (const record of stream) {
    read.push(record);
    if (record.id === '4') changing.splice(0, 3);
    if (record.id === '6') changing.push(storedRecord('events', 'late', 5));
  }
  expect(read.map(({ id }) => id)).toEqual(given.map(({ id }) => id));
});

test('nothing is read before it is asked for', async () => {
  const { readPage, queries } = platform([storedRecord('events', '1', 1), storedRecord('events', '2', 500)]);
  const stream = streamInTurn([query('events', 0, 100), query('events', 400, 600)], readPage);
  expect(queries).toHaveLength(0);
  expect((await stream.next()).value).toMatchObject({ id: '1' });
  expect(queries).toHaveLength(1);
  expect((await stream.next()).value).toMatchObject({ id: '2' });
});

test('streams are merged by time; what two of them have comes once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(records, { maxLength: 4 }), async (given) => {
      const streams = given.map((each) => streamRecords(query('events'), platform(each).readPage));
      const merged = await all(mergeByTime(streams));
      const distinct = new Set(given.flat().map(({ id, time }) => `${id} ${time}`));
      expect(merged).toHaveLength(distinct.size);
      for (const [at, { time }] of merged.entries())
        expect(time).toBeGreaterThanOrEqual(merged[at - 1]?.time ?? 0);
    }),
  );
});

test('an error of the platform ends the stream', async () => {
  const stream = streamRecords(query('events'), () => Promise.reject(new Error('away')));
  await expect(all(stream)).rejects.toThrow('away');
});
