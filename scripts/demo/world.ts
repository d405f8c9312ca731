/** What the demo runs against: a local Cumulocity with three tenants and a local event hub for each of them. */
import { randomUUID } from 'node:crypto';
import { LocalCumulocity, type LocalTenant } from '../../test/simulators/cumulocity/local-cumulocity.js';
import { AzureAccess, type AzureAccessOptions, type Way } from './azure-access.js';
import type { HubAccess } from './hub-access.js';
import { LocalAuthority } from './local-authority.js';
import { type DemoProtocol, PredixAccess } from './predix-access.js';

/** A tenant of the demo and the event hub that its notifications belong in. */
export interface DemoTenant {
  readonly tenant: LocalTenant;
  /** With Predix the name of the zone. */
  readonly hubName: string;
  /** Options that work, as of now. */
  readonly options: () => Readonly<Record<string, string>>;
}

/** Everything that is simulated. */
export interface World<A extends HubAccess = AzureAccess> {
  readonly cumulocity: LocalCumulocity;
  readonly access: A;
  /** Of all TLS ports. */
  readonly authority: LocalAuthority;
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

/** How a world is set up, whichever hubs it has. */
export interface WorldOptions {
  /** Ports; 0 for any free one. */
  readonly portCumulocity: number;
  readonly portHub: number;
  /** What a topic may hold; Cumulocity's own limit if not given. */
  readonly backlogQuotaBytes?: number | undefined;
}

/** How a world with Azure Event Hubs is set up. */
export interface AzureWorldOptions extends WorldOptions {
  readonly way: Way;
  readonly extraHubs?: AzureAccessOptions['extraHubs'];
  readonly limits?: AzureAccessOptions['limits'];
}

const TENANTS = ['t1001', 't1002', 't1003'];

function hubNameOf(tenantId: string): string {
  return `events-${tenantId}`;
}

/** Starts a world with Azure Event Hubs. */
export function startWorld(options: AzureWorldOptions): Promise<World> {
  const { way, portHub: port, extraHubs, limits } = options;
  return startWorldAround(options, (hubNames, authority) =>
    AzureAccess.start({ hubNames, authority, way, port, extraHubs, limits }),
  );
}

/** Starts a world with a Predix Event Hub, in which each tenant has a zone. */
export function startPredixWorld(
  options: WorldOptions & { readonly protocol: DemoProtocol; readonly limitBytes: number | undefined },
): Promise<World<PredixAccess>> {
  const { protocol, limitBytes, portHub } = options;
  return startWorldAround(options, (zones, authority) =>
    PredixAccess.start({ zones, authority, protocol, limitBytes, ports: { grpc: portHub } }),
  );
}

/**
 * Starts a world.
 * @param startHubs starts the hubs, with these names
 */
export async function startWorldAround<A extends HubAccess>(
  { portCumulocity, backlogQuotaBytes }: WorldOptions,
  startHubs: (names: readonly string[], authority: LocalAuthority) => Promise<A>,
): Promise<World<A>> {
  const quota = backlogQuotaBytes === undefined ? {} : { backlogQuotaBytes };
  const cumulocity = await LocalCumulocity.start({ port: portCumulocity, ...quota });
  const authority = new LocalAuthority();
  const access = await startHubs(TENANTS.map(hubNameOf), authority);
  const tenants = TENANTS.map((id): DemoTenant => {
    const tenant = cumulocity.addTenant(id);
    tenant.addUser(VIEWER.user, VIEWER.password, VIEWER_ROLES);
    const hubName = hubNameOf(id);
    return { tenant, hubName, options: () => access.options(hubName) };
  });
  const [steady, misconfigured, late] = tenants as [DemoTenant, DemoTenant, DemoTenant];
  cumulocity.setOptions(steady.tenant.id, steady.options());
  cumulocity.setOptions(misconfigured.tenant.id, access.unusableOptions(misconfigured.hubName));
  cumulocity.setOptions(late.tenant.id, late.options());
  cumulocity.subscribeTenant(steady.tenant.id);
  cumulocity.subscribeTenant(misconfigured.tenant.id);
  const stop = async (): Promise<void> => {
    await cumulocity.stop();
    await access.stop();
    authority.remove();
  };
  return { cumulocity, access, authority, steady, misconfigured, late, tenants, stop };
}
