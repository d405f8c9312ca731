/** Process entry: environment, service, signals, exit code. */
import { readConfig } from './config.js';
import { ConfigError, reasonOf } from './errors.js';
import { createLog, type Log } from './log.js';
import { type Service, startService } from './service.js';

/** Added to the time of an orderly stop before the process is ended all the same. */
const GRACE_MS = 1000;

/**
 * The first SIGTERM or SIGINT stops in order; a second one, or a stop that takes too long, ends the process at
 * once. Nothing is lost either way: what was not acknowledged comes again.
 */
function stopOnSignals(starting: Promise<Service>, stopMs: number, log: Log): void {
  let isStopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (isStopping) {
      log.warn('second signal, ending at once; what was not acknowledged comes again', { signal });
      process.exit(1);
    }
    isStopping = true;
    log.info('signal received', { signal });
    setTimeout(() => {
      log.error('stop took too long, ending; what was not acknowledged comes again', { stopMs });
      process.exit(1);
    }, stopMs + GRACE_MS).unref();
    starting
      .then((service) => service.stop())
      .then(
        () => process.exit(0),
        (thrown: unknown) => {
          log.error('stop failed; what was not acknowledged comes again', { reason: reasonOf(thrown) });
          process.exit(1);
        },
      );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

async function main(): Promise<void> {
  let log = createLog('info');
  try {
    const config = readConfig(process.env);
    log = createLog(config.logLevel);
    const starting = startService(config, log);
    // Before the service listens: whoever sees it listening may end it in the same moment.
    stopOnSignals(starting, config.stopMs, log);
    await starting;
  } catch (thrown) {
    const problems = thrown instanceof ConfigError ? { problems: thrown.problems } : {};
    log.error(`cannot start: ${reasonOf(thrown)}`, problems);
    process.exitCode = 1;
  }
}

await main();
