/** `npm run topics`: see --help. */
import { ReceiveError, withoutSecrets } from '../src/receive/failures.js';
import { HELP, readTopicsCommand } from './topics/command-line.js';
import { runTopics } from './topics/run.js';

async function main(): Promise<void> {
  const command = readTopicsCommand(process.argv.slice(2), process.env);
  if (command === undefined) {
    process.stdout.write(HELP);
    return;
  }
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort());
  const { text, json } = await runTopics(command, interrupted.signal);
  process.stdout.write(`${command.isJson ? JSON.stringify(json) : text}\n`);
}

try {
  await main();
} catch (thrown) {
  const isKnown = thrown instanceof ReceiveError;
  const text = isKnown ? thrown.message : withoutSecrets(String((thrown as Error).stack));
  process.stderr.write(`topics: ${text}\n`);
  process.exitCode = isKnown && thrown.code === 'RECEIVE_USAGE' ? 2 : 1;
}
