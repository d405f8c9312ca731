/** `npm run simulators`: see --help. */
import { once } from 'node:events';
import { readFlags, UsageError } from './command-line.js';
import { startWorld, type World } from './demo/world.js';

const HELP = `npm run simulators -- [options]

Runs a local Cumulocity with three tenants and a local event hub for each of them, until Ctrl-C. Needs no account.

  --port-cumulocity N  port of the local Cumulocity (default: any free one)
  --port-hub N         port of the local event hubs (default: any free one)
  --json               print one line of JSON with every address and credential when ready
  --help               this text
`;

/** Everything that a program needs to use the simulators. */
function describe({ cumulocity, eventHubs, tenants }: World): object {
  return {
    cumulocity: { url: cumulocity.url },
    eventHubs: { host: eventHubs.host, amqpPort: eventHubs.amqpPort },
    /** What the service needs to run against them with `npm start`. */
    service: { ...cumulocity.serviceEnvironment(), HUB_HOSTS: eventHubs.host },
    tenants: tenants.map(({ tenant, hubName }) => ({
      id: tenant.id,
      user: tenant.admin.user,
      password: tenant.admin.password,
      hub: hubName,
      connectionString: eventHubs.connectionString({ hub: hubName }),
    })),
  };
}

function printPage(world: World): void {
  const { cumulocity, tenants, eventHubs } = world;
  console.log(`local Cumulocity   ${cumulocity.url}`);
  for (const { tenant, hubName } of tenants) {
    console.log(`\ntenant ${tenant.id}`);
    console.log(`  administrator      ${tenant.id}/${tenant.admin.user}  ${tenant.admin.password}`);
    console.log(`  event hub          ${eventHubs.connectionString({ hub: hubName })}`);
  }
  console.log('\nto run the service against them:\n');
  const environment = { ...cumulocity.serviceEnvironment(), HUB_HOSTS: eventHubs.host, SERVER_PORT: '0' };
  const assignments = Object.entries(environment).map(([name, value]) => `${name}='${value}'`);
  console.log(`  ${assignments.join(' \\\n  ')} \\\n  npm start\n`);
  console.log('Ctrl-C ends them.');
}

async function main(): Promise<void> {
  const flags = readFlags(process.argv.slice(2), {
    numbers: ['port-cumulocity', 'port-hub'],
    switches: ['json'],
  });
  if (flags.isOn('help')) {
    process.stdout.write(HELP);
    return;
  }
  const world = await startWorld({
    portCumulocity: flags.number('port-cumulocity') ?? 0,
    portHub: flags.number('port-hub') ?? 0,
    way: { transport: 'auto', auth: 'sas' },
  });
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
