import fc from 'fast-check';
import { expect, test } from 'vitest';
import { partitionHash, partitionIndex } from '../../../src/destinations/azure-event-hubs/partition-hash.js';

const COUNTS = [2, 4, 5, 8, 32];

/** Hashes of the tests of the .NET SDK; indexes computed with the JavaScript SDK. */
test.each<[key: string, hash: number, ...indexes: number[]]>([
  ['7', -15263, 1, 3, 3, 7, 31],
  ['131', 30562, 0, 2, 2, 2, 2],
  ['7149583486996073602', 12977, 1, 1, 2, 1, 17],
  ['FWfAT', -22341, 1, 1, 1, 5, 5],
  ['sOdeEAsyQoEuEFPGerWO', -6503, 1, 3, 3, 7, 7],
  [
    'FAyAIctPeCgmiwLKbJcyswoHglHVjQdvtBowLACDNORsYvOcLddNJYDmhAVkbyLOrHTKLneMNcbgWVlasVywOByANjs',
    5226,
    0,
    2,
    1,
    2,
    10,
  ],
  [
    '1XYM6!(7(lF5wq4k4m*e$Nc!1ezLJv*1YK1Y-C^*&B$O)lq^iUkG(TNzXG;Zi#z2Og*Qq0#^*k):vXh$3,C7We7%W0meJ;b3,rQCg^J;^twXgs5E$$hWKxqp',
    23950,
    ...[0, 2, 0, 6, 14],
  ],
  [
    'E(x;RRIaQcJs*P;D&jTPau-4K04oqr:lF6Z):ERpo&;9040qyV@G1_c9mgOs-8_8/10Fwa-7b7-yP!T-!IH&968)FWuI;(^g$2fN;)HJ^^yTn:',
    -29304,
    ...[0, 0, 4, 0, 24],
  ],
  ['!c*_!I@1^c', 15372, 0, 0, 2, 4, 12],
  ['p4*!jioeO/z-!-;w:dh', -3104, 0, 0, 4, 0, 0],
  ['$0cb', 26269, 1, 1, 4, 5, 29],
  ['-4189260826195535198', 453, 1, 1, 3, 5, 5],
  ['device-1', 26788, 0, 0, 3, 4, 4],
])('the key %s has the hash and the partitions of the SDKs', (key, hash, ...indexes) => {
  expect(partitionHash(key)).toBe(hash);
  expect(COUNTS.map((count) => partitionIndex(key, count))).toEqual(indexes);
});

test.each([
  ['alphabet', -23478],
  ['TestPartitionKey', 29568],
  ['é', -24812],
  ['日本', 27948],
  ['', 0],
])('the key %j has the hash %i, over its UTF-8 bytes', (key, hash) => {
  expect(partitionHash(key)).toBe(hash);
});

test('any key has one partition among those there are', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.integer({ min: 1, max: 2000 }),
      (key, count) => {
        const index = partitionIndex(key, count);
        expect(Number.isInteger(index)).toBe(true);
        expect(index).toBeGreaterThanOrEqual(0);
        expect(index).toBeLessThan(count);
        expect(partitionIndex(key, count)).toBe(index);
      },
    ),
  );
});

test('device ids are spread over all partitions', () => {
  const indexes = Array.from({ length: 1000 }, (_, at) => partitionIndex(`${10_000 + at}`, 32));
  expect(new Set(indexes).size).toBe(32);
});
