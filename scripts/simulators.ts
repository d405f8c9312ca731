/** `npm run simulators`: see --help. */
import { once } from 'node:events';
import { runMain } from './command-line.js';
import { readCommandLine } from './simulators/command-line.js';
import { describe, page } from './simulators/description.js';
import { simulate } from './simulators/simulated.js';

async function main(interrupted: AbortSignal): Promise<number> {
  const options = readCommandLine(process.argv.slice(2));
  if (options === undefined) return 0;
  const simulated = await simulate(options);
  console.log(options.json ? JSON.stringify(describe(simulated)) : page(simulated));
  if (!interrupted.aborted) await once(interrupted, 'abort');
  await simulated.stop();
  return 0;
}

await runMain(main);
