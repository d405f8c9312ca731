/** `npm run conformance`: see --help. */
import { readCommandLine, UsageError } from './conformance/command-line.js';
import { describeRows } from './conformance/rows.js';
import { runConformance } from './conformance/run.js';

async function main(): Promise<number> {
  const options = readCommandLine(process.argv.slice(2));
  if (options === undefined) return 0;
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  process.once('SIGTERM', () => interrupted.abort());
  const rows = await runConformance(options, interrupted.signal);
  if (options.json) for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
  else process.stdout.write(describeRows(rows));
  return interrupted.signal.aborted || rows.some(({ result }) => result === 'fail') ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (thrown) {
  process.stderr.write(
    `${thrown instanceof UsageError ? thrown.message : String((thrown as Error).stack)}\n`,
  );
  process.exitCode = thrown instanceof UsageError ? 2 : 1;
}
