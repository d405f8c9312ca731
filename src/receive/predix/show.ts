/** Runs the reader of a Predix Event Hub with its output on two streams. */
import { withoutSecrets } from '../failures.js';
import { ScreenBlock } from '../screen-block.js';
import { eventOutput, type Screens, showFigures } from '../show.js';
import type { PredixCommand } from './command-line.js';
import { PredixReading } from './reading.js';
import { placeOf } from './stream-loss.js';

/**
 * Reads and shows until the signal, the last event asked for, or a failure.
 * @param command what was asked for
 * @param screens where everything goes
 * @param signal ends it in order
 * @returns the exit code
 * @throws ReceiveError
 */
export async function showPredix(
  command: PredixCommand,
  screens: Screens,
  signal: AbortSignal,
): Promise<number> {
  const { reading: options, isStats } = command;
  const block = new ScreenBlock(screens.err);
  const say = (text: string): void => block.say(withoutSecrets(text));
  const reading = new PredixReading(options, eventOutput(command, screens, say));
  const { hub, connection, topics, subscriber, mode } = options;
  say(
    `reading ${topics.join(', ')} of zone ${connection.zoneId} at ${placeOf(hub)} as "${subscriber}", mode ${mode}`,
  );
  const figuresEnd = new AbortController();
  const figures = isStats ? showFigures(reading, block, figuresEnd.signal) : Promise.resolve();
  try {
    await reading.run(signal);
    say(`${reading.counts.shown} events shown`);
    return 0;
  } finally {
    figuresEnd.abort();
    await figures;
  }
}
