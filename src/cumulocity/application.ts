/** What Cumulocity tells the microservice about itself (microservice SDK, "REST: bootstrap, tenants, settings"). */
import { z } from 'zod';
import type { Credentials } from '../config.js';
import type { PlatformClient } from './platform-client.js';

const Subscriptions = z.object({
  users: z.array(z.object({ tenant: z.string(), name: z.string(), password: z.string() })),
});

const Settings = z.record(z.string(), z.unknown());

/**
 * The service user of every tenant that has subscribed the microservice.
 * @param bootstrap a client of the bootstrap user
 * @param signal gives up when aborted
 * @throws PlatformError, PlatformUnreachable
 */
export async function readSubscribedTenants(
  bootstrap: PlatformClient,
  signal?: AbortSignal,
): Promise<readonly Credentials[]> {
  const path = '/application/currentApplication/subscriptions';
  const { users } = await bootstrap.json({ method: 'GET', path, signal }, Subscriptions);
  return users.map(({ tenant, name, password }) => ({ tenant, user: name, password }));
}

/**
 * The tenant's options in the microservice's category, `credentials.` ones decrypted, inherited and default
 * values included.
 * @param service a client of the tenant's service user
 * @param signal gives up when aborted
 * @throws PlatformError, PlatformUnreachable
 */
export async function readSettings(
  service: PlatformClient,
  signal?: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const path = '/application/currentApplication/settings';
  const settings = await service.json({ method: 'GET', path, signal }, Settings);
  const texts = Object.entries(settings).filter((entry): entry is [string, string] => {
    return typeof entry[1] === 'string';
  });
  return Object.fromEntries(texts);
}
