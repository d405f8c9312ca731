/** The options of the conformance run. */
import { parseOptions, UsageError } from '../command-line.js';
import { type HubName, hubs } from './hub.js';

/** The languages there are client programs in, in the order they are run. */
export const languages = ['javascript', 'python', 'go', 'java'] as const;

/** One of them. */
export type Language = (typeof languages)[number];

/** What was asked for. */
export interface ConformanceOptions {
  readonly hubs: readonly HubName[];
  readonly only: readonly Language[];
  readonly json: boolean;
}

const help = `npm run conformance -- [options]

Runs client programs against the local hubs and prints what each could do. The official Azure Event Hubs SDKs,
unmodified: over plain AMQP, over TLS and over WebSocket. For the Predix Event Hub a Python client that is generated from
the .proto: over gRPC, plain and with TLS. Packages are fetched by the ordinary clients (pip, apt-get, go, mvn) into a
cache folder outside the repository. A language that cannot be had here is a row that says why.

  --hub LIST   hubs, separated by commas: ${hubs.join(', ')} (default: all)
  --only LIST  languages, separated by commas: ${languages.join(', ')} (default: all)
  --json       one JSON object for each row instead of the table
  --help       this text

Exit code: 0 if no check failed; 1 otherwise; 2 for a wrong option.
`;

const OPTIONS = {
  hub: { type: 'string' },
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
  return {
    hubs: readList('hub', values.hub, hubs),
    only: readList('only', values.only, languages),
    json: values.json ?? false,
  };
}

function readList<T extends string>(
  option: string,
  text: string | undefined,
  accepted: readonly T[],
): readonly T[] {
  if (text === undefined) return accepted;
  return text.split(',').map((part) => {
    const found = accepted.find((name) => name === part.trim());
    if (found !== undefined) return found;
    throw new UsageError(`--${option}: given "${part}"; accepted: ${accepted.join(', ')}. See --help.`);
  });
}
