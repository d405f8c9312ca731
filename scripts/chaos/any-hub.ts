/** What can be done to hubs of any kind. */
import type { Stage } from './fault.js';

/** They are away, and come back with what they hold. */
export async function restartHub({ access }: Stage): Promise<() => Promise<void>> {
  await access.goAway();
  return () => access.comeBack();
}

/** Another key or secret is put into the options of all tenants: the one before the last is good for nothing any more. */
export function renewCredentials({ access, cumulocity, tenants }: Stage): undefined {
  access.renew();
  for (const { id, options } of tenants) cumulocity.setOptions(id, { ...options() });
}
