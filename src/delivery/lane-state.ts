/**
 * The states of a lane, and what leads from each to the next:
 *
 *     idle       nothing queued, nothing in flight          -> filling    a delivery is queued
 *     filling    a batch is being made of the queue's front -> sending    it holds at least one event
 *                                                           -> replacing  the first event is too large
 *                                                           -> waiting    the hub gave no batch to fill
 *                                                           -> idle       the queue was dropped meanwhile
 *     sending    the batch is with the hub                  -> filling    accepted, or refused for good and divided
 *                                                           -> replacing  one event, refused for good
 *                                                           -> waiting    refused for now
 *                                                           -> idle       accepted, and nothing is queued
 *     replacing  the first event gets another form; it may  -> filling    it has one
 *                be with the dead-letter hub for one attempt -> waiting   it could not be made, or others of its batch
 *                                                                         were refused for now
 *                                                           -> replacing  so does the next of its batch
 *                                                           -> idle       the queue was dropped meanwhile
 *     waiting    backoff; the batch, if any, is kept        -> filling, sending
 *                                                           -> replacing, waiting  there is more of its batch
 *                                                           -> idle       the queue was dropped meanwhile
 *     any state                                             -> stopped    aborted, or left with nothing in flight
 *     stopped    nothing is taken up any more               nothing leads out
 */

/** One of the states above. */
export type LaneState = 'idle' | 'filling' | 'sending' | 'replacing' | 'waiting' | 'stopped';

const LEADS_TO: Readonly<Record<LaneState, readonly LaneState[]>> = {
  idle: ['filling', 'stopped'],
  filling: ['sending', 'replacing', 'waiting', 'filling', 'idle', 'stopped'],
  sending: ['filling', 'replacing', 'waiting', 'idle', 'stopped'],
  replacing: ['filling', 'replacing', 'waiting', 'idle', 'stopped'],
  waiting: ['filling', 'sending', 'replacing', 'waiting', 'idle', 'stopped'],
  stopped: [],
};

/**
 * Checks a change of state.
 * @returns the next state
 * @throws when the table above has no such way: a fault of this program
 */
export function nextState(current: LaneState, next: LaneState, partitionId: string): LaneState {
  if (LEADS_TO[current].includes(next)) return next;
  throw new Error(`lane ${partitionId}: no way from ${current} to ${next}`);
}
