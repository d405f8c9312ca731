/** The options of the conformance run. */
import { parseOptions, UsageError } from '../command-line.js';

/** The languages there are client programs in, in the order they are run. */
export const languages = ['javascript', 'python', 'go', 'java'] as const;

/** One of them. */
export type Language = (typeof languages)[number];

/** What was asked for. */
export interface ConformanceOptions {
  readonly only: readonly Language[];
  readonly json: boolean;
}

const help = `npm run conformance -- [options]

Runs the official Azure Event Hubs SDKs, unmodified, against the local event hubs and prints what each could do:
over plain AMQP, over TLS and over WebSocket. Packages are fetched by the ordinary clients (pip, apt-get, go, mvn)
into a cache folder outside the repository. A language that cannot be had here is a row that says why.

  --only LIST  languages, separated by commas: ${languages.join(', ')} (default: all)
  --json       one JSON object for each row instead of the table
  --help       this text

Exit code: 0 if no check failed; 1 otherwise; 2 for a wrong option.
`;

const OPTIONS = {
  only: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/**
 * Reads the command line.
 * @param args without program and script
 * @returns `undefined` when help was asked for and has been printed
 * @throws UsageError
 */
export function readCommandLine(args: readonly string[]): ConformanceOptions | undefined {
  const values = parseOptions(args, OPTIONS);
  if (values.help) {
    process.stdout.write(help);
    return undefined;
  }
  const only = values.only === undefined ? languages : values.only.split(',').map(readLanguage);
  return { only, json: values.json ?? false };
}

function readLanguage(text: string): Language {
  const language = languages.find((name) => name === text.trim());
  if (language) return language;
  throw new UsageError(`--only: given "${text}"; accepted: ${languages.join(', ')}. See --help.`);
}
