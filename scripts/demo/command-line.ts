/** The demo's options. */
import { type Flags, readFlags, UsageError } from '../command-line.js';
import { DEMO_AUTHS, DEMO_TRANSPORTS, type Way } from './azure-access.js';
import { DEMO_PROTOCOLS, type DemoProtocol } from './predix-access.js';

/** The services that the demo has a local one of. */
export const DEMO_DESTINATIONS = ['azure', 'predix'] as const;

/** Which hubs there are, and how the service gets into them. */
export type DemoHubs =
  | { readonly destination: 'azure'; readonly way: Way }
  | {
      readonly destination: 'predix';
      readonly protocol: DemoProtocol;
      /** What the hub takes of a tenant in 30 seconds, in bytes; `undefined`: everything. */
      readonly limitBytes: number | undefined;
    };

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
  readonly hubs: DemoHubs;
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
  --cut-hub N          cut the connections to the event hubs N times; repeats as with --kill; with predix the
                       service waits 10 s and more before it connects again
  --rotate N           give the service new credentials for the event hubs N times
  --destination D      ${DEMO_DESTINATIONS.join(', ')} (default: azure): Azure Event Hubs, or a Predix Event Hub with a zone for each
                       tenant, TLS and a local UAA
  --transport T        with azure: ${DEMO_TRANSPORTS.join(', ')} (default: auto, which here is plain AMQP)
  --auth A             with azure: ${DEMO_AUTHS.join(', ')} (default: sas); entra: with a local issuer of tokens
  --protocol P         with predix: ${DEMO_PROTOCOLS.join(', ')} (default: grpc)
  --limit N            with predix: the hub takes N bytes of each tenant in 30 seconds and answers the rest with
                       "Too Many Requests" (the service's own limit is 1048576)
  --json               make the last line one JSON object with the figures of the verdict
  --port N             port of the service's status (default: any free one)
  --port-cumulocity N  port of the local Cumulocity (default: any free one)
  --port-hub N         port of the local event hubs: of plain AMQP, or of gRPC (default: any free one)
  --help               this text

Exit code: 0 if nothing was lost, repeated or out of order; 1 otherwise; 2 for a wrong option.
`;

const NUMBERS = [
  ...['events', 'rate', 'kill', 'cut', 'cut-hub', 'rotate', 'limit'],
  ...['port', 'port-cumulocity', 'port-hub'],
];
const CHOICES = {
  destination: DEMO_DESTINATIONS,
  transport: DEMO_TRANSPORTS,
  auth: DEMO_AUTHS,
  protocol: DEMO_PROTOCOLS,
};

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
    hubs: readHubs(flags),
    port: flags.number('port') ?? 0,
    portCumulocity: flags.number('port-cumulocity') ?? 0,
    portHub: flags.number('port-hub') ?? 0,
  };
}

function readHubs(flags: Flags): DemoHubs {
  const destination = flags.choice('destination', DEMO_DESTINATIONS) ?? 'azure';
  const transport = flags.choice('transport', DEMO_TRANSPORTS);
  const auth = flags.choice('auth', DEMO_AUTHS);
  const protocol = flags.choice('protocol', DEMO_PROTOCOLS);
  const limitBytes = flags.number('limit');
  if (destination === 'predix') {
    if (transport === undefined && auth === undefined) {
      return { destination, protocol: protocol ?? 'grpc', limitBytes };
    }
    throw new UsageError(
      '--transport and --auth are ways into Azure Event Hubs; with --destination predix there is --protocol. See --help.',
    );
  }
  if (protocol !== undefined) throw new UsageError('--protocol needs --destination predix. See --help.');
  if (limitBytes !== undefined) throw new UsageError('--limit needs --destination predix. See --help.');
  return { destination, way: { transport: transport ?? 'auto', auth: auth ?? 'sas' } };
}
