/** What the operator decides for all hubs, and what is made of it. */
import { ClientSecretCredential, type TokenCredential } from '@azure/identity';
import { HttpsProxyAgent } from 'https-proxy-agent';
import type { EntraApplication } from './hub-address.js';

/** Settings of the process that concern Azure. */
export interface AzureSettings {
  /** Address of an HTTP proxy for everything but plain AMQP. */
  readonly proxyUrl: string | undefined;
  /** Where Entra ID tokens are issued; `undefined`: the public cloud. */
  readonly entraAuthorityHost: string | undefined;
}

/** No proxy, public cloud. */
export const NO_AZURE_SETTINGS: AzureSettings = { proxyUrl: undefined, entraAuthorityHost: undefined };

/** The agent that leads through the proxy, if there is one. */
export function proxyAgent({ proxyUrl }: AzureSettings): HttpsProxyAgent<string> | undefined {
  return proxyUrl === undefined ? undefined : new HttpsProxyAgent(proxyUrl);
}

/**
 * The SDK's credential of an application of Entra ID. It keeps its token until shortly before that expires.
 * @param credential see {@link EntraApplication}
 * @param settings a host of one's own is taken as it is: it is not looked up in the list of Microsoft's clouds
 */
export function tokenCredential(
  { tenantId, clientId, clientSecret }: EntraApplication,
  { entraAuthorityHost }: AzureSettings,
): TokenCredential {
  const options =
    entraAuthorityHost === undefined
      ? {}
      : { authorityHost: entraAuthorityHost, disableInstanceDiscovery: true };
  return new ClientSecretCredential(tenantId, clientId, clientSecret, options);
}
