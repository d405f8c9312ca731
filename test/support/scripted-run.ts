/** A run of a lane: deliveries that come before and while the first batch is sent, and the answers to all sends. */
import type { Lane } from '../../src/delivery/lane.js';
import { enqueue, type ScriptedDelivery } from './scripted-delivery.js';
import type { Answer, ScriptedDestination } from './scripted-destination.js';

/** What comes, and what the hub says to it. */
export interface RunScript {
  readonly deliveries: readonly ScriptedDelivery[];
  /** How many are enqueued before the first send; the others come while it is under way. */
  readonly early: number;
  /** The answers to the sends, in order; `ok` when they are used up. */
  readonly sends: readonly Answer[];
}

/**
 * Begins a run.
 * @param destination whose sends are answered
 * @param lane gets the deliveries
 * @param script see {@link RunScript}
 * @param onSend called while each send is under way
 */
export function beginRun(
  destination: ScriptedDestination,
  lane: Lane,
  { deliveries, early, sends }: RunScript,
  onSend: () => void = () => undefined,
): void {
  const answers = [...sends];
  destination.answerSend = () => {
    if (destination.count('send') === 1) enqueue(lane, deliveries.slice(early));
    onSend();
    return answers.shift() ?? 'ok';
  };
  enqueue(lane, deliveries.slice(0, early));
}
