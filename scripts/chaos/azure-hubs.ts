/** Azure Event Hubs in a run under faults. */
import type { AzureAccess } from '../demo/azure-access.js';
import { startWorld } from '../demo/world.js';
import type { HubKind } from './fault.js';
import { HubReader } from './hub-reader.js';
import type { Hubs } from './hubs.js';

/** See the head of this file. */
export interface Azure extends HubKind {
  readonly access: AzureAccess;
  readonly reader: HubReader;
}

/** See the head of this file. */
export const AZURE_HUBS: Hubs<Azure> = {
  startWorld: (options) => startWorld({ ...options, way: { transport: 'auto', auth: 'sas' } }),
  readerOf: ({ eventHubs, readerConnectionString: connectionString }, hubName, onEvent) =>
    new HubReader({ eventHubs, connectionString, hubName, onEvent }),
};
