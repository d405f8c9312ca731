/** `npm run receive`: see --help. */
import { readCommand } from '../src/receive/command-line.js';
import { ReceiveError, withoutSecrets } from '../src/receive/failures.js';
import { HELP } from '../src/receive/help.js';
import { isForPredix, readPredixCommand } from '../src/receive/predix/command-line.js';

/** npm and the terminal can each pass on the same Ctrl-C; one this soon is no second one. */
const SAME_SIGNAL_MS = 500;

/** The first signal ends reading in order, a second one at once. */
function untilInterrupted(): AbortSignal {
  const interrupted = new AbortController();
  let firstMs = 0;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (!interrupted.signal.aborted) firstMs = performance.now();
      else if (performance.now() - firstMs > SAME_SIGNAL_MS) process.exit(1);
      interrupted.abort();
    });
  }
  return interrupted.signal;
}

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  const screens = { out: process.stdout, err: process.stderr };
  // The libraries of both services take longer to load than all the rest: only those that are needed, when they are.
  if (isForPredix(args)) {
    const command = readPredixCommand(args, process.env);
    if (command !== undefined) {
      const { showPredix } = await import('../src/receive/predix/show.js');
      return await showPredix(command, screens, untilInterrupted());
    }
  } else {
    const command = readCommand(args, process.env);
    if (command !== undefined) {
      const { showEvents } = await import('../src/receive/show.js');
      return await showEvents(command, screens, untilInterrupted());
    }
  }
  process.stdout.write(HELP);
  return 0;
}

let exitCode = 1;
try {
  exitCode = await main();
} catch (thrown) {
  const text =
    thrown instanceof ReceiveError ? thrown.message : withoutSecrets(String((thrown as Error).stack));
  process.stderr.write(`receive: ${text}\n`);
  if (thrown instanceof ReceiveError && thrown.code === 'RECEIVE_USAGE') exitCode = 2;
}
process.exitCode = exitCode;
// A hub that does not answer, or a pipe that nobody empties, must not keep the process.
setTimeout(() => process.exit(), 250).unref();
