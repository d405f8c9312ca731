/** `npm run conformance`: see --help. */
import { runMain } from './command-line.js';
import { readCommandLine } from './conformance/command-line.js';
import { describeRows } from './conformance/rows.js';
import { runConformance } from './conformance/run.js';

async function main(interrupted: AbortSignal): Promise<number> {
  const options = readCommandLine(process.argv.slice(2));
  if (options === undefined) return 0;
  const rows = await runConformance(options, interrupted);
  if (options.json) for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
  else process.stdout.write(describeRows(rows));
  return interrupted.aborted || rows.some(({ result }) => result === 'fail') ? 1 : 0;
}

await runMain(main);
