import { expect, test } from 'vitest';
import { partitionIndexFor, partitionKeyHash } from './partition-key-hash.js';

/** Hashes of the .NET SDK's own tests, and the index for 2, 4, 5, 8 and 32 partitions. */
const vectors: readonly [key: string, hash: number, indexes: readonly number[]][] = [
  ['7', -15263, [1, 3, 3, 7, 31]],
  ['131', 30562, [0, 2, 2, 2, 2]],
  ['7149583486996073602', 12977, [1, 1, 2, 1, 17]],
  ['FWfAT', -22341, [1, 1, 1, 5, 5]],
  ['sOdeEAsyQoEuEFPGerWO', -6503, [1, 3, 3, 7, 7]],
  [
    'FAyAIctPeCgmiwLKbJcyswoHglHVjQdvtBowLACDNORsYvOcLddNJYDmhAVkbyLOrHTKLneMNcbgWVlasVywOByANjs',
    5226,
    [0, 2, 1, 2, 10],
  ],
  [
    '1XYM6!(7(lF5wq4k4m*e$Nc!1ezLJv*1YK1Y-C^*&B$O)lq^iUkG(TNzXG;Zi#z2Og*Qq0#^*k):vXh$3,C7We7%W0meJ;b3,rQCg^J;^twXgs5E$$hWKxqp',
    23950,
    [0, 2, 0, 6, 14],
  ],
  [
    'E(x;RRIaQcJs*P;D&jTPau-4K04oqr:lF6Z):ERpo&;9040qyV@G1_c9mgOs-8_8/10Fwa-7b7-yP!T-!IH&968)FWuI;(^g$2fN;)HJ^^yTn:',
    -29304,
    [0, 0, 4, 0, 24],
  ],
  ['!c*_!I@1^c', 15372, [0, 0, 2, 4, 12]],
  ['p4*!jioeO/z-!-;w:dh', -3104, [0, 0, 4, 0, 0]],
  ['$0cb', 26269, [1, 1, 4, 5, 29]],
  ['-4189260826195535198', 453, [1, 1, 3, 5, 5]],
  ['device-1', 26788, [0, 0, 3, 4, 4]],
];

test.each(vectors)('key %s has the hash and the partitions that the SDKs compute', (key, hash, indexes) => {
  expect(partitionKeyHash(key)).toBe(hash);
  expect([2, 4, 5, 8, 32].map((count) => partitionIndexFor(key, count))).toEqual(indexes);
});

test.each([
  ['alphabet', -23478],
  ['TestPartitionKey', 29568],
  ['é', -24812],
  ['日本', 27948],
  ['', 0],
])('key %j has the hash that the JavaScript SDK computes', (key, hash) => {
  expect(partitionKeyHash(key)).toBe(hash);
});
