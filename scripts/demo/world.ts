/** What the demo runs against: a local Cumulocity with three tenants and a local event hub for each of them. */
import { randomUUID } from 'node:crypto';
import type { LocalEventHubs } from '../../test/simulators/azure-event-hubs/local-event-hubs.js';
import { LocalCumulocity, type LocalTenant } from '../../test/simulators/cumulocity/local-cumulocity.js';
import { HubAccess, type HubAccessOptions, type Way } from './hub-access.js';

/** A tenant of the demo and the event hub that its notifications belong in. */
export interface DemoTenant {
  readonly tenant: LocalTenant;
  readonly hubName: string;
  /** Options that work, as of now. */
  readonly options: () => Readonly<Record<string, string>>;
}

/** Everything that is simulated. */
export interface World {
  readonly cumulocity: LocalCumulocity;
  readonly eventHubs: LocalEventHubs;
  readonly access: HubAccess;
  /** Works from the start. */
  readonly steady: DemoTenant;
  /** Starts with options that cannot be used. */
  readonly misconfigured: DemoTenant;
  /** Subscribes while the demo runs. */
  readonly late: DemoTenant;
  readonly tenants: readonly DemoTenant[];
  stop(): Promise<void>;
}

/** The application's role, and the one that every user needs to be asked about at all. */
const VIEWER_ROLES = ['ROLE_EVENT_HUBS_FORWARDER_READ', 'ROLE_USER_MANAGEMENT_OWN_READ'];

/** The topic that the service reads in each tenant: the application's name, less what such a name may not have. */
export const TOPIC = 'eventhubsforwarder';

/** A user of every simulated tenant who may look at its status. The password opens nothing but the demo. */
export const VIEWER = { user: 'viewer', password: randomUUID() };

/** How the world is set up. */
export interface WorldOptions {
  /** Ports; 0 for any free one. */
  readonly portCumulocity: number;
  readonly portHub: number;
  readonly way: Way;
  /** What a topic may hold; Cumulocity's own limit if not given. */
  readonly backlogQuotaBytes?: number | undefined;
  readonly extraHubs?: HubAccessOptions['extraHubs'];
  readonly limits?: HubAccessOptions['limits'];
}

/** Starts both simulators and sets the tenants up. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const names = ['t1001', 't1002', 't1003'];
  const hubNameOf = (id: string): string => `events-${id}`;
  const { portCumulocity, portHub, backlogQuotaBytes, ...hubs } = options;
  const quota = backlogQuotaBytes === undefined ? {} : { backlogQuotaBytes };
  const cumulocity = await LocalCumulocity.start({ port: portCumulocity, ...quota });
  const access = await HubAccess.start({ hubNames: names.map(hubNameOf), port: portHub, ...hubs });
  const tenants = names.map((id): DemoTenant => {
    const tenant = cumulocity.addTenant(id);
    tenant.addUser(VIEWER.user, VIEWER.password, VIEWER_ROLES);
    const hubName = hubNameOf(id);
    return { tenant, hubName, options: () => access.options(hubName) };
  });
  const [steady, misconfigured, late] = tenants as [DemoTenant, DemoTenant, DemoTenant];
  cumulocity.setOptions(steady.tenant.id, steady.options());
  cumulocity.setOptions(misconfigured.tenant.id, { ...misconfigured.options(), hubName: 'no such name!' });
  cumulocity.setOptions(late.tenant.id, late.options());
  cumulocity.subscribeTenant(steady.tenant.id);
  cumulocity.subscribeTenant(misconfigured.tenant.id);
  return {
    cumulocity,
    eventHubs: access.eventHubs,
    access,
    steady,
    misconfigured,
    late,
    tenants,
    stop: async () => {
      await cumulocity.stop();
      await access.stop();
    },
  };
}
