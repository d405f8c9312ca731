/** Which of a name's connections reads which partition of a topic (Predix contract, section 7). */

/**
 * Gives every partition an owner. The partitions are shared evenly, and no more of them change hands than that needs.
 *
 * @param owners the owner of each partition so far, by number of the partition; undefined: none.
 * @param active the connections that may own partitions, in the order in which they joined.
 * @returns the owner of each partition; undefined only when nobody is active.
 */
export function assignPartitions<T>(
  owners: readonly (T | undefined)[],
  active: readonly T[],
): readonly (T | undefined)[] {
  const room = roomOf(owners, active);
  const take = (owner: T | undefined): T | undefined => {
    if (owner === undefined) return undefined;
    const left = room.get(owner) ?? 0;
    if (left === 0) return undefined;
    room.set(owner, left - 1);
    return owner;
  };
  // All that stays has to be settled before anything is given away.
  const kept = owners.map(take);
  return kept.map((owner) => owner ?? take(active.find((each) => (room.get(each) ?? 0) > 0)));
}

/** How many partitions each may own. Those that own most get the odd ones: they have to give up least. */
function roomOf<T>(owners: readonly (T | undefined)[], active: readonly T[]): Map<T, number> {
  if (active.length === 0) return new Map();
  const held = (each: T): number => owners.filter((owner) => owner === each).length;
  const least = Math.floor(owners.length / active.length);
  const odd = owners.length % active.length;
  // Sorting keeps the order of those that own equally many.
  const byHeld = active.toSorted((one, other) => held(other) - held(one));
  return new Map(byHeld.map((each, at) => [each, at < odd ? least + 1 : least]));
}
