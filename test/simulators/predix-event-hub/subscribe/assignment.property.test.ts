import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assignPartitions } from './assignment.js';

const partitions = 5;
const maxActive = 5;
type Owners = readonly (number | undefined)[];

/** Members come and go: `true` is one more, a number is the place of the one that leaves. */
const changes = fc.array(fc.oneof(fc.constant(true as const), fc.nat({ max: 6 })), { maxLength: 40 });

interface Step {
  readonly before: Owners;
  readonly active: readonly number[];
  readonly after: Owners;
}

function walk(steps: readonly (true | number)[]): readonly Step[] {
  let members: readonly number[] = [];
  let owners: Owners = Array.from({ length: partitions }, () => undefined);
  return steps.map((change, at) => {
    members = change === true ? [...members, at] : members.filter((_, place) => place !== change);
    const before = owners;
    const active = members.slice(0, maxActive);
    owners = assignPartitions(owners, active);
    return { before, active, after: owners };
  });
}

function counts(owners: Owners, active: readonly number[]): readonly number[] {
  return active.map((member) => owners.filter((owner) => owner === member).length);
}

test('every partition has exactly one owner, an active one; shares differ by one at most', () => {
  fc.assert(
    fc.property(changes, (steps) => {
      for (const { active, after } of walk(steps)) {
        expect(after).toHaveLength(partitions);
        if (active.length === 0) expect(new Set(after)).toEqual(new Set([undefined]));
        else expect(after.every((owner) => owner !== undefined && active.includes(owner))).toBe(true);
        const shares = counts(after, active);
        expect(Math.max(0, ...shares) - Math.min(partitions, ...shares)).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test('no more partitions change hands than an even share needs', () => {
  fc.assert(
    fc.property(changes, (steps) => {
      for (const { before, active, after } of walk(steps)) {
        if (active.length === 0) continue;
        const kept = after.filter((owner, at) => owner === before[at]).length;
        expect(kept).toBe(mostKept(counts(before, active)));
      }
    }),
  );
});

test('nothing changes when the same members are asked again', () => {
  fc.assert(
    fc.property(changes, (steps) => {
      for (const { active, after } of walk(steps)) expect(assignPartitions(after, active)).toEqual(after);
    }),
  );
});

/** How many could stay, when the odd partitions go to those that hold most. */
function mostKept(held: readonly number[]): number {
  const least = Math.floor(partitions / held.length);
  const odd = partitions % held.length;
  return held
    .toSorted((one, other) => other - one)
    .reduce((sum, count, at) => sum + Math.min(count, at < odd ? least + 1 : least), 0);
}
