/** The demo's options. */
import { readFlags, UsageError } from '../command-line.js';
import { DEMO_AUTHS, DEMO_TRANSPORTS, type Way } from './hub-access.js';

/** What was asked for. */
export interface DemoOptions {
  /** Stop after so many notifications; infinite: run until Ctrl-C. */
  readonly events: number;
  readonly json: boolean;
  /** Notifications a second, all tenants together; `undefined`: as fast as they are taken. */
  readonly rate: number | undefined;
  /** How many times the service is killed and started again in the middle. */
  readonly kill: number;
  /** How many times the sockets between the local Cumulocity and the service are cut. */
  readonly cut: number;
  /** How many times the connections to the event hubs are cut. */
  readonly cutHub: number;
  /** How many times the service gets new credentials for the event hubs. */
  readonly rotate: number;
  readonly way: Way;
  readonly port: number;
  readonly portCumulocity: number;
  readonly portHub: number;
}

const HELP = `npm run demo -- [options]

Runs the real service between a local Cumulocity with simulated devices and local event hubs, and compares what
was emitted with what an independent reader takes out of the hubs. Needs no account.

  --events N           stop after N notifications and print the verdict (default: run until Ctrl-C)
  --rate N             notifications a second, all tenants together (default: as fast as possible with --events,
                       otherwise 200)
  --kill N             kill the service (SIGKILL) N times in the middle and start it again; repeats are allowed
                       then, but only under the same messageId
  --cut N              cut the sockets between Cumulocity and the service N times
  --cut-hub N          cut the connections to the event hubs N times; repeats as with --kill
  --rotate N           give the service new credentials for the event hubs N times
  --transport T        ${DEMO_TRANSPORTS.join(', ')} (default: auto, which here is plain AMQP)
  --auth A             ${DEMO_AUTHS.join(', ')} (default: sas); entra: with a local issuer of tokens
  --json               make the last line one JSON object with the figures of the verdict
  --port N             port of the service's status (default: any free one)
  --port-cumulocity N  port of the local Cumulocity (default: any free one)
  --port-hub N         port of the local event hubs (default: any free one)
  --help               this text

Exit code: 0 if nothing was lost, repeated or out of order; 1 otherwise; 2 for a wrong option.
`;

const NUMBERS = ['events', 'rate', 'kill', 'cut', 'cut-hub', 'rotate', 'port', 'port-cumulocity', 'port-hub'];
const CHOICES = { transport: DEMO_TRANSPORTS, auth: DEMO_AUTHS };

/**
 * Reads the command line.
 * @param args without program and script
 * @returns `undefined` when help was asked for and has been printed
 * @throws UsageError
 */
export function readCommandLine(args: readonly string[]): DemoOptions | undefined {
  const flags = readFlags(args, { numbers: NUMBERS, switches: ['json'], choices: CHOICES });
  if (flags.isOn('help')) {
    process.stdout.write(HELP);
    return undefined;
  }
  const events = flags.number('events');
  const [kill = 0, cut = 0, cutHub = 0, rotate = 0] = ['kill', 'cut', 'cut-hub', 'rotate'].map(flags.number);
  if (events === undefined && kill + cut + cutHub + rotate > 0) {
    throw new UsageError(
      '--kill, --cut, --cut-hub and --rotate are spread over a run: they need --events N.',
    );
  }
  return {
    events: events ?? Number.POSITIVE_INFINITY,
    json: flags.isOn('json'),
    rate: flags.number('rate') ?? (events === undefined ? 200 : undefined),
    kill,
    cut,
    cutHub,
    rotate,
    way: {
      transport: flags.choice('transport', DEMO_TRANSPORTS) ?? 'auto',
      auth: flags.choice('auth', DEMO_AUTHS) ?? 'sas',
    },
    port: flags.number('port') ?? 0,
    portCumulocity: flags.number('port-cumulocity') ?? 0,
    portHub: flags.number('port-hub') ?? 0,
  };
}
