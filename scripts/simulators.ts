/** `npm run simulators`: see --help. */
import { once } from 'node:events';
import { readEmulatorConfig } from '../test/simulators/azure-event-hubs/emulator-config.js';
import { type Flags, readFlags, UsageError } from './command-line.js';
import { startWorld, type World, type WorldOptions } from './demo/world.js';

const HELP = `npm run simulators -- [options]

Runs a local Cumulocity with three tenants and a local event hub for each of them, until Ctrl-C. Needs no account.
The hubs speak AMQP (plain and TLS), AMQP over WebSocket, and the REST API for sending.

  --port-cumulocity N  port of the local Cumulocity (default: any free one)
  --port-hub N         port of plain AMQP (default: any free one)
  --config FILE        adds the hubs of a configuration file of Microsoft's Event Hubs emulator
  --data DIR           keeps the events on disk, over a restart
  --tier T             basic (messages up to 256 KiB), standard (1 MiB; the default)
  --throughput-units N throttles sending as so many throughput units do (default: no limit)
  --link-idle N        detaches links on which nothing moved for N seconds (default: never)
  --connection-idle N  closes connections without a link after N seconds (default: never)
  --json               print one line of JSON with every address and credential when ready
  --help               this text
`;

/** Everything that a program needs to use the simulators. */
function describe({ cumulocity, eventHubs, access, tenants }: World): object {
  return {
    cumulocity: { url: cumulocity.url },
    eventHubs: {
      host: eventHubs.host,
      amqpPort: eventHubs.amqpPort,
      amqpsPort: eventHubs.amqpsPort,
      httpsPort: eventHubs.httpsPort,
      caFile: access.caFile,
      connectionString: eventHubs.connectionString(),
    },
    /** What the service needs to run against them with `npm start`. */
    service: { ...cumulocity.serviceEnvironment(), ...access.environment },
    tenants: tenants.map(({ tenant, hubName }) => ({
      id: tenant.id,
      user: tenant.admin.user,
      password: tenant.admin.password,
      hub: hubName,
      connectionString: eventHubs.connectionString({ hub: hubName }),
    })),
  };
}

function printPage({ cumulocity, tenants, eventHubs, access }: World): void {
  console.log(`local Cumulocity     ${cumulocity.url}`);
  console.log(`trust for TLS ports  NODE_EXTRA_CA_CERTS='${access.caFile}'`);
  console.log(`                     SSL_CERT_FILE='${access.caFile}'   (Python, Go)`);
  for (const { tenant, hubName } of tenants) {
    console.log(
      `\ntenant ${tenant.id}, administrator ${tenant.id}/${tenant.admin.user} ${tenant.admin.password}`,
    );
    console.log(`  AMQP, no TLS (JavaScript; Python from 5.12; Go; Java)`);
    console.log(`    ${eventHubs.connectionString({ hub: hubName })}`);
    console.log('  AMQP over TLS (any SDK)');
    console.log(`    ${eventHubs.connectionString({ hub: hubName, tls: true })}`);
    console.log('  AMQP over WebSocket (any SDK), REST');
    console.log(`    ${eventHubs.connectionString({ hub: hubName, webSocket: true })}`);
  }
  console.log('\nto run the service against them:\n');
  const environment = { ...cumulocity.serviceEnvironment(), ...access.environment, SERVER_PORT: '0' };
  const assignments = Object.entries(environment).map(([name, value]) => `${name}='${value}'`);
  console.log(`  ${assignments.join(' \\\n  ')} \\\n  npm start\n`);
  console.log('Ctrl-C ends them.');
}

const TIERS = ['basic', 'standard'] as const;
const MESSAGE_BYTES = { basic: 262_144, standard: 1_048_576 } as const;
/** One throughput unit takes 1000 events a second in (Event Hubs, scalability). */
const EVENTS_PER_UNIT = 1000;

function limitsOf(flags: Flags): NonNullable<WorldOptions['limits']> {
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

async function main(): Promise<void> {
  const flags = readFlags(process.argv.slice(2), {
    numbers: ['port-cumulocity', 'port-hub', 'throughput-units', 'link-idle', 'connection-idle'],
    choices: { tier: TIERS },
    switches: ['json'],
    texts: ['config', 'data'],
  });
  if (flags.isOn('help')) {
    process.stdout.write(HELP);
    return;
  }
  const config = flags.text('config');
  const world = await startWorld({
    portCumulocity: flags.number('port-cumulocity') ?? 0,
    portHub: flags.number('port-hub') ?? 0,
    way: { transport: 'auto', auth: 'sas' },
    extraHubs: config === undefined ? [] : await readEmulatorConfig(config),
    limits: limitsOf(flags),
  });
  const units = flags.number('throughput-units');
  if (units !== undefined) world.eventHubs.faults.throttle({ eventsPerSecond: units * EVENTS_PER_UNIT });
  for (const { tenant, options } of world.tenants) {
    world.cumulocity.setOptions(tenant.id, options());
    world.cumulocity.subscribeTenant(tenant.id);
  }
  if (flags.isOn('json')) console.log(JSON.stringify(describe(world)));
  else printPage(world);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await world.stop();
}

try {
  await main();
} catch (thrown) {
  process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
  process.exitCode = thrown instanceof UsageError ? 2 : 1;
}
