import { onTestFinished } from 'vitest';
import { LocalCumulocity } from './local-cumulocity.js';
import type { LocalTenant } from './local-tenant.js';
import type { LocalCumulocityOptions } from './settings.js';
import { SimulatorClient } from './simulator-client.js';

/** A running local Cumulocity with tenant t1 and callers of every kind. */
export interface Fixture {
  readonly local: LocalCumulocity;
  readonly t1: LocalTenant;
  readonly admin: SimulatorClient;
  readonly bootstrap: SimulatorClient;
  /** Client of the service user that a tenant has at this moment. */
  readonly service: (tenant: string) => Promise<SimulatorClient>;
}

/** Starts one and stops it when the test is over. */
export async function startLocal(options: LocalCumulocityOptions = {}): Promise<Fixture> {
  const local = await LocalCumulocity.start(options);
  onTestFinished(() => local.stop());
  const t1 = local.addTenant('t1');
  const admin = new SimulatorClient(local, { tenant: 't1', ...t1.admin });
  const bootstrap = new SimulatorClient(local, local.bootstrapUser());
  const service = async (tenant: string): Promise<SimulatorClient> => {
    const { body } = await bootstrap.call('GET', '/application/currentApplication/subscriptions');
    const user = body.users.find((one) => one.tenant === tenant);
    if (user === undefined) throw new Error(`tenant ${tenant} has no service user`);
    return new SimulatorClient(local, { tenant, user: user.name, password: user.password });
  };
  return { local, t1, admin, bootstrap, service };
}
