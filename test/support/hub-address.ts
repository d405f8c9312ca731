/** Addresses of hubs, from connection strings as a local hub gives them. */
import {
  credentialOf,
  parseConnectionString,
} from '../../src/destinations/azure-event-hubs/connection-string.js';
import type { AzureHubAddress } from '../../src/destinations/azure-event-hubs/hub-address.js';

/**
 * The address of a hub.
 * @param connectionStrings in the order in which their credentials are tried
 * @param hubName the hub
 * @param change anything else
 */
export function hubAddress(
  connectionStrings: string | readonly string[],
  hubName: string,
  change: Partial<AzureHubAddress> = {},
): AzureHubAddress {
  const all = [connectionStrings].flat().map(parseConnectionString);
  const [first] = all;
  if (first === undefined) throw new Error('at least one connection string is needed');
  const { host, port, isEmulator } = first;
  return {
    kind: 'azure',
    host,
    port,
    hubName,
    transport: 'amqp',
    isEmulator,
    credentials: all.map(credentialOf),
    partitionCount: undefined,
    ...change,
  };
}
