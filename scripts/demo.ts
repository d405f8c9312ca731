/** `npm run demo`: see --help. */
import { UsageError } from './command-line.js';
import { readCommandLine } from './demo/command-line.js';
import { Run, type RunResult } from './demo/run.js';
import { isGood } from './demo/verdict.js';

function describe({ verdict, unacknowledged, deviceFailures }: RunResult): string {
  const { sent, received, lost, duplicated, outOfOrder, repeatedUnderAnotherId, unknown } = verdict;
  return [
    '',
    `sent                       ${sent}`,
    `received                   ${received}`,
    `lost                       ${lost}`,
    `duplicated                 ${duplicated}`,
    `out of order               ${outOfOrder}`,
    `repeated under another id  ${repeatedUnderAnotherId}`,
    `never emitted              ${unknown}`,
    `left unacknowledged        ${unacknowledged}`,
    `device requests refused    ${deviceFailures}`,
    `longest silence in seconds ${verdict.longestSilenceSeconds}`,
    `seconds                    ${verdict.seconds}`,
    `events per second          ${verdict.eventsPerSecond}`,
    '',
  ].join('\n');
}

async function main(): Promise<number> {
  const options = readCommandLine(process.argv.slice(2));
  if (options === undefined) return 0;
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  process.once('SIGTERM', () => interrupted.abort());
  const result = await Run.run(options, interrupted.signal);
  const { verdict, unacknowledged, deviceFailures, exitCode } = result;
  const good =
    isGood(verdict, options.kill + options.cutHub > 0) &&
    unacknowledged === 0 &&
    deviceFailures === 0 &&
    exitCode === 0;
  const out = options.json ? process.stderr : process.stdout;
  out.write(`${describe(result)}\n${good ? 'GOOD' : 'BAD'}\n`);
  if (!good) out.write(`the end of the service's log:\n${result.log.join('\n')}\n`);
  if (options.json)
    process.stdout.write(`${JSON.stringify({ ...verdict, unacknowledged, deviceFailures })}\n`);
  return good ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (thrown) {
  process.stderr.write(
    `${thrown instanceof UsageError ? thrown.message : String((thrown as Error).stack)}\n`,
  );
  process.exitCode = thrown instanceof UsageError ? 2 : 1;
}
