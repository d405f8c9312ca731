/** Runs the reader with its output on two streams. */
import type { Writable } from 'node:stream';
import { wait } from '../backoff.js';
import type { ReceiveCommand } from './command-line.js';
import { jsonLine, shortLine } from './event-text.js';
import { withoutSecrets } from './failures.js';
import { FiguresText } from './figures.js';
import { LineOutput } from './line-output.js';
import type { EventOutput } from './partition-events.js';
import { Reading } from './reading.js';
import { ScreenBlock } from './screen-block.js';

/** A stream, and what is known of it when it is a terminal. */
export type Screen = Writable & { readonly isTTY?: boolean; readonly columns?: number };

const FIGURES_MS = 2000;
/** For a terminal that does not know its size, and says 0. */
const COLUMNS = 120;

/** Where everything goes. */
export interface Screens {
  /** For events. */
  readonly out: Screen;
  /** For remarks and figures. */
  readonly err: Screen;
}

/**
 * Reads and shows until the signal, the last event asked for, or a failure.
 * @param command what was asked for
 * @param screens where everything goes
 * @param signal ends it in order
 * @returns the exit code
 * @throws ReceiveError
 */
export async function showEvents(
  command: ReceiveCommand,
  screens: Screens,
  signal: AbortSignal,
): Promise<number> {
  const { reading: options, isStats } = command;
  const block = new ScreenBlock(screens.err);
  const say = (text: string): void => block.say(withoutSecrets(text));
  const reading = await Reading.open(options, eventOutput(command, screens, say), signal);
  const { hubName, consumerGroup } = options;
  say(
    `reading hub ${hubName}, consumer group ${consumerGroup}, partitions ${reading.partitionIds.join(' ')}`,
  );
  const figuresEnd = new AbortController();
  const figures = isStats ? showFigures(reading, block, figuresEnd.signal) : Promise.resolve();
  try {
    const { isStored } = await reading.run(signal);
    say(
      `${reading.counts.shown} events shown${isStored === undefined ? '' : isStored ? ', checkpoints written' : ''}`,
    );
    if (isStored !== false) return 0;
    say('the last checkpoint could not be written: what was read since the one before will be read again');
    return 1;
  } finally {
    figuresEnd.abort();
    await figures;
  }
}

/**
 * Where the events of a command go.
 * @param command how they are shown
 * @param screens where to
 * @param say takes remarks
 */
export function eventOutput(
  command: Pick<ReceiveCommand, 'isJson' | 'isStats'>,
  { out, err }: Screens,
  say: (text: string) => void,
): EventOutput {
  const { isJson, isStats } = command;
  const lines = new LineOutput(out);
  const isShort = out.isTTY === true && !isJson;
  // The figures are drawn over and over in the same place; events would push them away.
  const isHidden = isStats && isShort && err.isTTY === true;
  return {
    show: (event, partitionId) => {
      if (isHidden) return;
      lines.write(
        isShort ? shortLine(event, partitionId, out.columns || COLUMNS) : jsonLine(event, partitionId),
      );
    },
    flush: () => lines.flush(),
    notice: say,
  };
}

/** Shows how far a reading is, every two seconds, until the signal. */
export async function showFigures(
  reading: Pick<Reading, 'counts' | 'figures'>,
  block: ScreenBlock,
  signal: AbortSignal,
): Promise<void> {
  const text = new FiguresText();
  while (!signal.aborted) {
    const partitions = await reading.figures(signal);
    if (signal.aborted) break;
    if (block.isTerminal) block.draw(text.block(reading.counts, partitions));
    else block.say(text.line(reading.counts, partitions));
    await wait(FIGURES_MS, signal);
  }
}
