import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ANY_SOURCE, GapContent, PARTS } from '../../src/backlog/gap-content.js';
import { type LetGo, REPLAYABLE_APIS, Share } from '../../src/backlog/share.js';

const DAY_MS = 24 * 3600 * 1000;
const time = fc.integer({ min: 1.7e12, max: 1.7e12 + 3 * DAY_MS });
const letGo: fc.Arbitrary<LetGo> = fc.record({
  source: fc.constantFrom('1', '2', '3', '44', '555', 'x/y.z$'),
  api: fc.constantFrom(...REPLAYABLE_APIS),
  action: fc.constantFrom('CREATE', 'UPDATE', 'DELETE'),
  time,
  created: time,
  updated: time,
});

function contentOf(all: readonly LetGo[], mostShares?: number): GapContent {
  const content = new GapContent(mostShares);
  for (const each of all) content.add(each);
  return content;
}

/** As Cumulocity keeps it: parts are merged, null takes one out, and everything has gone through JSON. */
function written(
  content: GapContent,
  before: ReadonlyMap<number, unknown> = new Map(),
): Map<number, unknown> {
  const parts = new Map(before);
  for (const [part, value] of content.takeChanged()) {
    if (value === null) parts.delete(part);
    else parts.set(part, JSON.parse(JSON.stringify(value)));
  }
  return parts;
}

const shown = (content: GapContent): unknown =>
  content.sources
    .map((source) => [source, [...content.sharesOf(source).values()].map((share) => share.write())])
    .sort();

/** Whether a replay would ask for this notification. */
function isCovered(
  content: GapContent,
  { source, api, action, time: at = 0, created = 0, updated = 0 }: LetGo,
): boolean {
  const share = content.sharesOf(source).get(api) ?? content.sharesOf(ANY_SOURCE).get(api);
  const isIn = (range: readonly [number, number] | undefined, value: number): boolean =>
    range !== undefined && range[0] <= value && value <= range[1];
  if (action === 'DELETE') return true;
  const [spans, range, stamp] =
    action === 'CREATE'
      ? [share?.spans, share?.creation, created]
      : [share?.updatedSpans, share?.change, updated];
  return (spans?.list.some((span) => isIn(span, at)) ?? false) && isIn(range, stamp);
}

test('what is written in parts, change by change, is read back as it was', () => {
  fc.assert(
    fc.property(fc.array(letGo, { maxLength: 30 }), fc.array(letGo, { maxLength: 30 }), (first, second) => {
      const content = contentOf(first);
      const before = written(content);
      for (const each of second) content.add(each);
      const parts = written(content, before);
      expect(shown(GapContent.read([...parts.values()]))).toEqual(shown(content));
      for (const part of parts.keys()) expect(part).toBeLessThan(PARTS);
    }),
  );
});

test('everything that was let go is covered and counted, also when all sources become one', () => {
  fc.assert(
    fc.property(fc.array(letGo, { maxLength: 60 }), fc.integer({ min: 1, max: 12 }), (all, mostShares) => {
      const content = contentOf(all, mostShares);
      for (const each of all) expect(isCovered(content, each)).toBe(true);
      const shares = content.sources.flatMap((source) => [...content.sharesOf(source).values()]);
      expect(
        shares.reduce((sum, { created, updated, deleted }) => sum + created + updated + deleted, 0),
      ).toBe(all.length);
      // All sources of five APIs together are the least there can be.
      expect(shares.length).toBeLessThanOrEqual(Math.max(mostShares, REPLAYABLE_APIS.length));
    }),
  );
});

describe('a replay', () => {
  const at = (seconds: number): LetGo => ({
    source: '7',
    api: 'measurements',
    action: 'CREATE',
    time: seconds * 1000,
    created: undefined,
    updated: undefined,
  });

  test('cuts off the front of a source and takes out what is done', () => {
    const content = contentOf([at(1), at(2), at(3), { ...at(9), source: '8' }]);
    content.advance('7', 3000, new Map([['measurements', 2]]));
    const share = content.sharesOf('7').get('measurements');
    expect(share?.spans.list).toEqual([[3000, 3000]]);
    expect(share).toMatchObject({ created: 3, replayed: 2 });

    let parts = written(content);
    content.finish('7');
    parts = written(content, parts);
    expect(GapContent.read([...parts.values()]).sources).toEqual(['8']);
    content.finish('8');
    expect(content.isEmpty).toBe(true);
    expect(written(content, parts).size).toBe(0);
  });

  test('is given again what could not be written', () => {
    const content = contentOf([at(1)]);
    const taken = content.takeChanged();
    expect(content.takeChanged().size).toBe(0);
    content.putBack(taken.keys());
    expect(content.takeChanged()).toEqual(taken);
  });
});

test('a time that nobody has seen the notifications of is asked for by creation where that is possible', () => {
  const events = Share.ofSpan('events', 5000, 9000);
  expect(events).toMatchObject({ creation: [5000, 9000], change: [5000, 9000] });
  expect(events.spans.list[0]?.[0]).toBe(0);
  expect(Share.ofSpan('measurements', 5000, 9000).spans.list).toEqual([[5000, 9000]]);
  // What was created a day before may have been carried out in that time.
  const day = 24 * 3_600_000;
  expect(Share.ofSpan('operations', day + 5000, day + 9000).spans.list).toEqual([[5000, day + 9000]]);
});

test('what somebody else wrote into the connector object is refused', () => {
  for (const part of [[['7', [['measurements', [1], [], [], null, null]]]], [['7']], 'text', [[7, []]]]) {
    expect(() => GapContent.read([part])).toThrow();
  }
});
