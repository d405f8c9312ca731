/** A local Cumulocity with one subscribed tenant, and a client of its service user. */
import { onTestFinished } from 'vitest';
import { readSubscribedTenants } from '../../src/cumulocity/application.js';
import { PlatformClient } from '../../src/cumulocity/platform-client.js';
import { LocalCumulocity, type LocalCumulocityOptions } from '../simulators/cumulocity/local-cumulocity.js';

/** What a test of the REST calls needs. */
export interface TestPlatform {
  readonly cumulocity: LocalCumulocity;
  readonly bootstrap: PlatformClient;
  readonly service: PlatformClient;
}

/** Starts it; it is stopped at the test's end. */
export async function startPlatform(options: LocalCumulocityOptions = {}): Promise<TestPlatform> {
  const cumulocity = await LocalCumulocity.start(options);
  onTestFinished(() => cumulocity.stop());
  cumulocity.addTenant('t1');
  cumulocity.subscribeTenant('t1');
  const bootstrap = new PlatformClient(cumulocity.url, cumulocity.bootstrapUser());
  const [credentials] = await readSubscribedTenants(bootstrap);
  if (credentials === undefined) throw new Error('the tenant is not subscribed');
  return {
    cumulocity,
    bootstrap,
    service: new PlatformClient(cumulocity.url, credentials, { applicationKey: 'key' }),
  };
}
