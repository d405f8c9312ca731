/** `npm run demo`: see --help. */
import { runMain } from './command-line.js';
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

async function main(interrupted: AbortSignal): Promise<number> {
  const options = readCommandLine(process.argv.slice(2));
  if (options === undefined) return 0;
  const result = await Run.run(options, interrupted);
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

await runMain(main);
