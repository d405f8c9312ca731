/** `npm run chaos`: see --help. */
import { mkdir } from 'node:fs/promises';
import { commandAgain, readCommandLine } from './chaos/command-line.js';
import { News } from './chaos/news.js';
import { gapsOf } from './chaos/protection.js';
import { describe, judge, tenantRows, totalsOf } from './chaos/report.js';
import { Run } from './chaos/run.js';
import { runMain } from './command-line.js';

const LOG_LINES = 40;

async function main(interrupted: AbortSignal): Promise<number> {
  const options = readCommandLine(process.argv.slice(2));
  if (options === undefined) return 0;
  const { seed, seconds, destination, json, logs: logFolder } = options;
  if (logFolder !== undefined) await mkdir(logFolder, { recursive: true });
  const out = json ? process.stderr : process.stdout;
  const say = (line: string): void => void out.write(`${line}\n`);
  say(`seed ${seed}, ${seconds} s under faults; again with: ${commandAgain(options)}`);
  const { outcome, strikes, trail, logs } = await Run.run(options, new News(say), interrupted);
  const wrongs = judge(outcome);
  const struck = Object.entries(strikes).map(([fault, times]) => `${fault} ${times}`);
  for (const line of ['', `faults: ${struck.join(', ')}`, '', ...describe(outcome), '']) say(line);
  if (wrongs.length > 0) {
    for (const line of trail) say(line);
    for (const [copy, lines] of logs)
      for (const line of ['', `the end of the log of ${copy}:`, ...lines.slice(-LOG_LINES)]) say(line);
    say(`\nseed ${seed}; again with: ${commandAgain(options)}`);
  }
  say(wrongs.length === 0 ? 'GOOD' : `BAD: ${wrongs.join(', ')}`);
  if (json) {
    const figures = {
      seed,
      seconds,
      destination,
      faults: strikes,
      totals: totalsOf(outcome),
      gaps: gapsOf(outcome.protection),
      tenants: tenantRows(outcome),
    };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
  }
  return wrongs.length === 0 ? 0 : 1;
}

await runMain(main);
