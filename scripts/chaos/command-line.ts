/** The options of `npm run chaos`. */
import { chooseByName, type Flags, readFlags, UsageError } from '../command-line.js';
import { DEMO_DESTINATIONS } from '../demo/command-line.js';
import { DEMO_PROTOCOLS, type DemoProtocol } from '../demo/predix-access.js';
import type { Azure } from './azure-hubs.js';
import { CATALOGUE, DEFAULT_FAULTS, PREDIX_CATALOGUE, PREDIX_DEFAULT_FAULTS } from './catalogue.js';
import type { Fault, HubKind } from './fault.js';
import { helpOf } from './help.js';
import type { Predix } from './predix-hubs.js';

/** What was asked for, whichever hubs there are. */
export interface CommonOptions {
  readonly seed: number;
  /** Time under faults. */
  readonly seconds: number;
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

/** Which hubs there are, and what is done to everything. */
export type HubOptions =
  | { readonly destination: 'azure'; readonly faults: readonly Fault<Azure>[] }
  | {
      readonly destination: 'predix';
      readonly protocol: DemoProtocol;
      readonly faults: readonly Fault<Predix>[];
    };

/** What was asked for. */
export type ChaosOptions = CommonOptions & HubOptions;

const DEFAULT_SECONDS = 60;
const DEFAULT_RATE = 600;
const MOST_REPLICAS = 9;
const SEEDS = 1_000_000_000;
const [DEFAULT_PROTOCOL] = DEMO_PROTOCOLS;

const NAMES = {
  numbers: ['seed', 'seconds', 'replicas', 'rate', 'port', 'port-cumulocity', 'port-hub'],
  switches: ['json'],
  texts: ['faults', 'logs'],
  choices: { destination: DEMO_DESTINATIONS, protocol: DEMO_PROTOCOLS },
};

/**
 * Reads the command line.
 * @param args without program and script
 * @returns `undefined` when help was asked for and has been printed
 * @throws UsageError
 */
export function readCommandLine(args: readonly string[]): ChaosOptions | undefined {
  const flags = readFlags(args, NAMES);
  if (flags.isOn('help')) {
    const numbers = { seconds: DEFAULT_SECONDS, rate: DEFAULT_RATE, mostReplicas: MOST_REPLICAS };
    process.stdout.write(helpOf(numbers));
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
    replicas: number('replicas', 1, 1, MOST_REPLICAS),
    rate: number('rate', DEFAULT_RATE, 1, 100_000),
    json: flags.isOn('json'),
    logs: flags.text('logs'),
    port: number('port', 0, 0, 65_535),
    portCumulocity: number('port-cumulocity', 0, 0, 65_535),
    portHub: number('port-hub', 0, 0, 65_535),
    ...readHubs(flags),
  };
}

/**
 * The command that gives the same run again.
 * @param options of that run
 */
export function commandAgain(options: ChaosOptions): string {
  const { seed, seconds, faults, replicas, rate, destination } = options;
  const names = faults.map(({ name }) => name).join();
  const defaults: readonly { readonly name: string }[] =
    destination === 'azure' ? DEFAULT_FAULTS : PREDIX_DEFAULT_FAULTS;
  const isDefault = names === defaults.map(({ name }) => name).join();
  const parts = [
    `--seed ${seed}`,
    `--seconds ${seconds}`,
    ...(isDefault ? [] : [`--faults ${names}`]),
    ...(replicas === 1 ? [] : [`--replicas ${replicas}`]),
    ...(rate === DEFAULT_RATE ? [] : [`--rate ${rate}`]),
    ...(destination === 'azure' ? [] : ['--destination predix']),
    ...(destination === 'azure' || options.protocol === DEFAULT_PROTOCOL
      ? []
      : [`--protocol ${options.protocol}`]),
  ];
  return `npm run chaos -- ${parts.join(' ')}`;
}

function readHubs(flags: Flags): HubOptions {
  const destination = flags.choice('destination', DEMO_DESTINATIONS) ?? 'azure';
  const protocol = flags.choice('protocol', DEMO_PROTOCOLS);
  const text = flags.text('faults');
  if (destination === 'predix') {
    const faults =
      text === undefined ? PREDIX_DEFAULT_FAULTS : chooseFor(destination, text, PREDIX_CATALOGUE);
    return { destination, protocol: protocol ?? DEFAULT_PROTOCOL, faults };
  }
  if (protocol !== undefined) throw new UsageError('--protocol needs --destination predix. See --help.');
  const faults = text === undefined ? DEFAULT_FAULTS : chooseFor(destination, text, CATALOGUE);
  return { destination, faults };
}

/** @throws UsageError for a name that is in no catalogue, and for one that is in that of the other hubs */
function chooseFor<K extends HubKind>(
  destination: HubOptions['destination'],
  text: string,
  catalogue: readonly Fault<K>[],
): readonly Fault<K>[] {
  const own = new Set(catalogue.map(({ name }) => name));
  const known = new Set([...CATALOGUE, ...PREDIX_CATALOGUE].map(({ name }) => name));
  const foreign = text
    .split(',')
    .map((name) => name.trim())
    .find((name) => !own.has(name) && known.has(name));
  if (foreign === undefined) return chooseByName('faults', text, catalogue);
  throw new UsageError(
    `--faults: "${foreign}" cannot be done with --destination ${destination}; accepted: ${[...own].join(', ')}. See --help.`,
  );
}
