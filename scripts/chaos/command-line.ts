/** The options of `npm run chaos`. */
import { chooseByName, readFlags, UsageError } from '../command-line.js';
import { CATALOGUE, DEFAULT_FAULTS } from './catalogue.js';
import type { Fault } from './fault.js';

/** What was asked for. */
export interface ChaosOptions {
  readonly seed: number;
  /** Time under faults. */
  readonly seconds: number;
  readonly faults: readonly Fault[];
  /** Processes of the service. */
  readonly replicas: number;
  /** Notifications a second, all tenants together. */
  readonly rate: number;
  readonly json: boolean;
  /** The folder in which all of the copies' logs are kept. */
  readonly logs: string | undefined;
  readonly port: number;
  readonly portCumulocity: number;
  readonly portHub: number;
}

const DEFAULT_SECONDS = 60;
const DEFAULT_RATE = 600;
const MOST_REPLICAS = 9;
const SEEDS = 1_000_000_000;

const WIDTH = Math.max(...CATALOGUE.map(({ name }) => name.length));
const FAULT_LINES = CATALOGUE.map(({ name, what }) => `  ${name.padEnd(WIDTH)}  ${what}`);

const HELP = `npm run chaos -- [options]

Runs the real service between a local Cumulocity with simulated devices and local event hubs, like the demo, under
faults that a seed decides. Then all faults end, and what was emitted is compared with what an independent reader
has taken out of the hubs. Needs no account.

  --seed N             decides which fault strikes when and where; the same seed gives the same schedule
                       (default: random; always printed)
  --seconds N          time under faults (default: ${DEFAULT_SECONDS})
  --faults A,B,C       only these faults (default: all but the last ${CATALOGUE.length - DEFAULT_FAULTS.length})
  --replicas N         copies of the service, 1 to ${MOST_REPLICAS} (default: 1)
  --rate N             notifications a second, all tenants together (default: ${DEFAULT_RATE})
  --json               make the last line one JSON object with the figures
  --logs FOLDER        keep all of the log of each copy in a file there (default: only the end, shown after a bad run)
  --port N             port of the first copy's status (default: any free one)
  --port-cumulocity N  port of the local Cumulocity (default: any free one)
  --port-hub N         port of the local event hubs (default: any free one)
  --help               this text

Faults:
${FAULT_LINES.join('\n')}

Exit code: 0 if nothing was lost, out of order or repeated under another id; 1 otherwise; 2 for a wrong option.
`;

const NUMBERS = ['seed', 'seconds', 'replicas', 'rate', 'port', 'port-cumulocity', 'port-hub'];

/**
 * Reads the command line.
 * @param args without program and script
 * @returns `undefined` when help was asked for and has been printed
 * @throws UsageError
 */
export function readCommandLine(args: readonly string[]): ChaosOptions | undefined {
  const flags = readFlags(args, { numbers: NUMBERS, switches: ['json'], texts: ['faults', 'logs'] });
  if (flags.isOn('help')) {
    process.stdout.write(HELP);
    return undefined;
  }
  const number = (name: string, fallback: number, least: number, most: number): number => {
    const given = flags.number(name) ?? fallback;
    if (given >= least && given <= most) return given;
    throw new UsageError(`--${name}: given "${given}"; accepted: ${least} to ${most}. See --help.`);
  };
  return {
    seed: flags.number('seed') ?? Math.floor(Math.random() * SEEDS),
    seconds: number('seconds', DEFAULT_SECONDS, 1, 86_400),
    faults: readFaults(flags.text('faults')),
    replicas: number('replicas', 1, 1, MOST_REPLICAS),
    rate: number('rate', DEFAULT_RATE, 1, 100_000),
    json: flags.isOn('json'),
    logs: flags.text('logs'),
    port: number('port', 0, 0, 65_535),
    portCumulocity: number('port-cumulocity', 0, 0, 65_535),
    portHub: number('port-hub', 0, 0, 65_535),
  };
}

/**
 * The command that gives the same run again.
 * @param options of that run
 */
export function commandAgain({ seed, seconds, faults, replicas, rate }: ChaosOptions): string {
  const names = faults.map(({ name }) => name).join();
  const isDefault = names === DEFAULT_FAULTS.map(({ name }) => name).join();
  const parts = [
    `--seed ${seed}`,
    `--seconds ${seconds}`,
    ...(isDefault ? [] : [`--faults ${names}`]),
    ...(replicas === 1 ? [] : [`--replicas ${replicas}`]),
    ...(rate === DEFAULT_RATE ? [] : [`--rate ${rate}`]),
  ];
  return `npm run chaos -- ${parts.join(' ')}`;
}

function readFaults(text: string | undefined): readonly Fault[] {
  return text === undefined ? DEFAULT_FAULTS : chooseByName('faults', text, CATALOGUE);
}
