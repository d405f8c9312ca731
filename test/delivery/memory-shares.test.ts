import { expect, test } from 'vitest';
import { MemoryShares } from '../../src/delivery/memory-shares.js';

test('all shares together are never more than there is, and one is never more than it may be', () => {
  const shares = new MemoryShares(100, 40);
  const joined = [shares.join()];
  expect(joined[0]?.bytes).toBe(40);
  for (let more = 0; more < 4; more++) joined.push(shares.join());
  expect(joined.map(({ bytes }) => bytes)).toEqual([20, 20, 20, 20, 20]);
});

test('a share that is given back, once or twice, makes the others larger', () => {
  const shares = new MemoryShares(100, 100);
  const [first, second] = [shares.join(), shares.join()];
  second.leave();
  second.leave();
  expect(first.bytes).toBe(100);
});
