/** Everything that `npm run simulators` runs. */
import { join } from 'node:path';
import { readEmulatorConfig } from '../../test/simulators/azure-event-hubs/emulator-config.js';
import { PredixAccess } from '../demo/predix-access.js';
import { startWorld, type World } from '../demo/world.js';
import type { SimulatorOptions } from './command-line.js';

/** One throughput unit takes 1000 events a second in (Event Hubs, scalability). */
const EVENTS_PER_UNIT = 1000;

/** The subfolder of the messages of Predix, beside those of the event hubs. */
const PREDIX_FOLDER = 'predix';

/** A Cumulocity whose tenants have an Azure event hub each, and a zone of the same name. */
export interface Simulated {
  readonly world: World;
  readonly predix: PredixAccess;
  /** What the service needs to run against them with `npm start`. */
  readonly serviceEnvironment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Starts all of it. The tenants are subscribed, and their options lead into the event hubs. */
export async function simulate(options: SimulatorOptions): Promise<Simulated> {
  const { portCumulocity, portHub, predixPorts, config, dataDir, limits, throughputUnits } = options;
  const world = await startWorld({
    ...{ portCumulocity, portHub, limits },
    way: { transport: 'auto', auth: 'sas' },
    extraHubs: config === undefined ? [] : await readEmulatorConfig(config),
  });
  const { cumulocity, access, authority, tenants } = world;
  const predix = await PredixAccess.start({
    zones: tenants.map(({ hubName }) => hubName),
    authority,
    protocol: 'grpc',
    ports: predixPorts,
    dataDir: dataDir === undefined ? undefined : join(dataDir, PREDIX_FOLDER),
  });
  if (throughputUnits !== undefined) {
    access.eventHubs.faults.throttle({ eventsPerSecond: throughputUnits * EVENTS_PER_UNIT });
  }
  for (const { tenant, options: optionsOf } of tenants) {
    cumulocity.setOptions(tenant.id, optionsOf());
    cumulocity.subscribeTenant(tenant.id);
  }
  const serviceEnvironment = {
    ...cumulocity.serviceEnvironment(),
    ...access.environment,
    ...predix.environment,
  };
  const stop = async (): Promise<void> => {
    await predix.stop();
    await world.stop();
  };
  return { world, predix, serviceEnvironment, stop };
}
