/** `npm run isolation`: see --help. */
import { runMain } from './command-line.js';
import { readCommandLine } from './isolation/command-line.js';
import { isGood, lines, MOST_RATIO, rowsOf } from './isolation/report.js';
import { Run } from './isolation/run.js';

async function main(interrupted: AbortSignal): Promise<number> {
  const options = readCommandLine(process.argv.slice(2));
  if (options === undefined) return 0;
  const out = options.json ? process.stderr : process.stdout;
  const say = (line: string): void => void out.write(`${line}\n`);
  const rounds = await Run.run(options, say, interrupted);
  const rows = rowsOf(rounds);
  const good = isGood(rows);
  for (const line of ['', ...lines(rows), '', good ? 'GOOD' : `BAD: a ratio above ${MOST_RATIO}`]) say(line);
  if (options.json) process.stdout.write(`${JSON.stringify({ options, rows, rounds })}\n`);
  return good ? 0 : 1;
}

await runMain(main);
