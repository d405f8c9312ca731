/** The options of `npm run simulators`. */
import { type Flags, readFlags } from '../command-line.js';
import type { AzureAccessOptions } from '../demo/azure-access.js';
import type { PredixPorts } from '../demo/predix-access.js';

/** What was asked for. Ports are 0 for any free one. */
export interface SimulatorOptions {
  readonly json: boolean;
  readonly portCumulocity: number;
  readonly portHub: number;
  readonly predixPorts: PredixPorts;
  /** A configuration file of Microsoft's emulator. */
  readonly config: string | undefined;
  /** Folder that keeps what is in the hubs. */
  readonly dataDir: string | undefined;
  /** Of Azure Event Hubs. */
  readonly limits: NonNullable<AzureAccessOptions['limits']>;
  /** `undefined`: sending is not throttled. */
  readonly throughputUnits: number | undefined;
}

const TIERS = ['basic', 'standard'] as const;
const MESSAGE_BYTES = { basic: 262_144, standard: 1_048_576 } as const;

const HELP = `npm run simulators -- [options]

Runs a local Cumulocity with three tenants and, for each of them, a local Azure event hub and a zone of a local
Predix Event Hub, until Ctrl-C. Needs no account. The hubs speak AMQP (plain and TLS), AMQP over WebSocket, and the
REST API for sending; Predix speaks gRPC, WebSocket and the REST API of its topics, over TLS, with a UAA beside it.

  --port-cumulocity N  port of the local Cumulocity (default: any free one)
  --port-hub N         port of plain AMQP (default: any free one)
  --port-predix N      port of Predix over gRPC (default: any free one)
  --port-predix-wss N  port of Predix over WebSocket (default: any free one)
  --port-predix-admin N  port of the REST API of Predix topics (default: any free one)
  --port-uaa N         port of the UAA (default: any free one)
  --config FILE        adds the hubs of a configuration file of Microsoft's Event Hubs emulator
  --data DIR           keeps events, messages and positions on disk, over a restart
  --tier T             basic (messages up to 256 KiB), standard (1 MiB; the default)
  --throughput-units N throttles sending as so many throughput units do (default: no limit)
  --link-idle N        detaches links on which nothing moved for N seconds (default: never)
  --connection-idle N  closes connections without a link after N seconds (default: never)
  --json               print one line of JSON with every address and credential when ready
  --help               this text
`;

const PORTS = [
  'port-cumulocity',
  'port-hub',
  'port-predix',
  'port-predix-wss',
  'port-predix-admin',
  'port-uaa',
];

/**
 * Reads the command line.
 * @param args without program and script
 * @returns `undefined` when help was asked for and has been printed
 * @throws UsageError
 */
export function readCommandLine(args: readonly string[]): SimulatorOptions | undefined {
  const flags = readFlags(args, {
    numbers: [...PORTS, 'throughput-units', 'link-idle', 'connection-idle'],
    choices: { tier: TIERS },
    switches: ['json'],
    texts: ['config', 'data'],
  });
  if (flags.isOn('help')) {
    process.stdout.write(HELP);
    return undefined;
  }
  const port = (name: string): number => flags.number(name) ?? 0;
  return {
    json: flags.isOn('json'),
    portCumulocity: port('port-cumulocity'),
    portHub: port('port-hub'),
    predixPorts: {
      grpc: port('port-predix'),
      webSocket: port('port-predix-wss'),
      admin: port('port-predix-admin'),
      uaa: port('port-uaa'),
    },
    config: flags.text('config'),
    dataDir: flags.text('data'),
    limits: limitsOf(flags),
    throughputUnits: flags.number('throughput-units'),
  };
}

function limitsOf(flags: Flags): SimulatorOptions['limits'] {
  const [dataDir, link, connection] = [
    flags.text('data'),
    flags.number('link-idle'),
    flags.number('connection-idle'),
  ] as const;
  return {
    maxMessageBytes: MESSAGE_BYTES[flags.choice('tier', TIERS) ?? 'standard'],
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(link === undefined ? {} : { linkIdleMs: link * 1000 }),
    ...(connection === undefined ? {} : { connectionIdleMs: connection * 1000 }),
  };
}
