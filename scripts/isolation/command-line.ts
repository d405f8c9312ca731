/** The options of the proof that tenants do not disturb each other. */
import { chooseByName, readFlags, UsageError } from '../command-line.js';
import { FAULTS, type TenantFault } from './faults.js';

/** What was asked for. */
export interface IsolationOptions {
  /** The length of a phase. */
  readonly seconds: number;
  /** How often each fault has a phase. */
  readonly rounds: number;
  readonly tenants: number;
  /** Notifications a second of each tenant. */
  readonly rate: number;
  /** The size of events that are too large. */
  readonly oversizeKib: number;
  /** How far away the hubs of the others are, one way. */
  readonly distanceMs: number;
  readonly faults: readonly TenantFault[];
  readonly json: boolean;
}

const DEFAULTS = { seconds: 4, rounds: 7, tenants: 20, rate: 10, 'oversize-kib': 64, 'distance-ms': 10 };
const WIDTH = Math.max(...FAULTS.map(({ name }) => name.length));

const HELP = `npm run isolation -- [options]

Runs the real service between a local Cumulocity and local event hubs with many tenants at a fixed rate. Calm phases
take turns with phases in which one tenant has a fault. Measured is the time from the emission of a notification to
its event's being in the hub, of all tenants but that one: the 99th percentile with the fault, divided by that of the
calm phases before and after. Of several rounds the median counts; a fault whose median is too high gets as many
rounds again, twice at most, and then the median of all of them counts. Needs no account.

  --seconds N      length of a phase (default: ${DEFAULTS.seconds})
  --rounds N       phases of each fault in a series (default: ${DEFAULTS.rounds})
  --tenants N      tenants, 2 to 200 (default: ${DEFAULTS.tenants})
  --rate N         notifications a second of each tenant (default: ${DEFAULTS.rate})
  --oversize-kib N size of an event that is too large; its hub takes four fifths (default: ${DEFAULTS['oversize-kib']})
  --distance-ms N  how far the hubs are away, one way (default: ${DEFAULTS['distance-ms']})
  --faults A,B     only these faults (default: all)
  --json           make the last line one JSON object with the figures
  --help           this text

Faults:
${FAULTS.map(({ name, what }) => `  ${name.padEnd(WIDTH)}  ${what}`).join('\n')}

Exit code: 0 if no ratio is above 1.2, whatever those of "none" and "large"; 1 otherwise; 2 for a wrong option.
`;

/**
 * Reads the command line.
 * @param args without program and script
 * @returns `undefined` when help was asked for and has been printed
 * @throws UsageError
 */
export function readCommandLine(args: readonly string[]): IsolationOptions | undefined {
  const flags = readFlags(args, { numbers: Object.keys(DEFAULTS), switches: ['json'], texts: ['faults'] });
  if (flags.isOn('help')) {
    process.stdout.write(HELP);
    return undefined;
  }
  const number = (name: keyof typeof DEFAULTS, least: number, most: number): number => {
    const given = flags.number(name) ?? DEFAULTS[name];
    if (given >= least && given <= most) return given;
    throw new UsageError(`--${name}: given "${given}"; accepted: ${least} to ${most}. See --help.`);
  };
  return {
    seconds: number('seconds', 1, 3600),
    rounds: number('rounds', 1, 1000),
    tenants: number('tenants', 2, 200),
    rate: number('rate', 1, 1000),
    distanceMs: number('distance-ms', 0, 1000),
    oversizeKib: number('oversize-kib', 10, 2000),
    faults: readFaults(flags.text('faults')),
    json: flags.isOn('json'),
  };
}

function readFaults(text: string | undefined): readonly TenantFault[] {
  return text === undefined ? FAULTS : chooseByName('faults', text, FAULTS);
}
