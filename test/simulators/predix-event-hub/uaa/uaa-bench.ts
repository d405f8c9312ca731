/** A UAA with one client, for tests. */
import { onTestFinished } from 'vitest';
import { basic } from './ask-token.js';
import { LocalUaa, type LocalUaaOptions } from './local-uaa.js';

/** What the scopes of the client begin with. */
export const base = 'predix-event-hub.zones.z1';

/** The client; its secret has characters that a client could be tempted to encode. */
export const device = { clientId: 'device', secret: 's:1+%' };

/** The scopes it may ask for. */
export const authorities = [`${base}.user`, `${base}.grpc.publish`, `${base}.*.grpc.publish`];

/** Registration of the client. */
export const clients = { device: { secret: device.secret, authorities } };

/** Its Basic header. */
export const authorization = basic(device.clientId, device.secret);

/** The form of a token request. */
export const grant = { grant_type: 'client_credentials' };

/** Starts a UAA that stops with the test. */
export async function startUaa(options: Partial<LocalUaaOptions> = {}): Promise<LocalUaa> {
  const uaa = await LocalUaa.start({ clients, ...options });
  onTestFinished(() => uaa.stop());
  return uaa;
}

/** URL of a path of a UAA. */
export function at(uaa: LocalUaa, path: string): string {
  return new URL(path, uaa.issuer).href;
}

/** An answer as an object. */
export function json(text: string): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>;
}
