/**
 * The states of all lanes of a hub together, and what leads from each to the next:
 *
 *     opening   the hub is asked for its partitions, again and again; what    -> open     it has answered
 *               comes is kept
 *     open      every delivery goes to the lane of its partition. The hub is  -> moving   it has other partitions
 *               asked again now and then
 *     moving    the lanes are left: what is in flight ends, what is queued    -> open     nothing is in flight; what
 *               or was refused stays in them; what comes is kept                          was left, and then what was
 *                                                                                         kept, is in new lanes
 *     any state                                                               -> stopped  by abort; nothing leads out
 *
 * Order holds through a move: a source's deliveries are all in one lane, in order. They are taken out in that order
 * when none of them is in flight, and put into one new lane before anything that came later.
 */

/** One of the states above. */
export type LanesState = 'opening' | 'open' | 'moving' | 'stopped';

const LEADS_TO: Readonly<Record<LanesState, readonly LanesState[]>> = {
  opening: ['open', 'stopped'],
  open: ['moving', 'stopped'],
  moving: ['open', 'stopped'],
  stopped: [],
};

/**
 * Checks a change of state.
 * @returns the next state
 * @throws when the table above has no such way: a fault of this program
 */
export function nextLanesState(current: LanesState, next: LanesState): LanesState {
  if (LEADS_TO[current].includes(next)) return next;
  throw new Error(`lanes: no way from ${current} to ${next}`);
}
