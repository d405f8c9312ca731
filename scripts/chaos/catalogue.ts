/** All faults that `npm run chaos` knows: those that strike with any hubs, and those of each kind of hubs. */
import { AZURE_FAULTS } from './azure-faults.js';
import type { Azure } from './azure-hubs.js';
import { BACKLOG_FAULTS } from './backlog-faults.js';
import { CUMULOCITY_FAULTS } from './cumulocity-faults.js';
import type { Fault, HubKind } from './fault.js';
import { PREDIX_FAULTS } from './predix-faults.js';
import type { Predix } from './predix-hubs.js';
import { SERVICE_FAULTS } from './service-faults.js';

/** Every fault of a run with Azure Event Hubs: of the service, of Cumulocity, of the hubs, and those that last long. */
export const CATALOGUE: readonly Fault<Azure>[] = [
  ...SERVICE_FAULTS,
  ...CUMULOCITY_FAULTS,
  ...AZURE_FAULTS,
  ...BACKLOG_FAULTS,
];

/** The same for a run with a Predix Event Hub. */
export const PREDIX_CATALOGUE: readonly Fault<Predix>[] = [
  ...SERVICE_FAULTS,
  ...CUMULOCITY_FAULTS,
  ...PREDIX_FAULTS,
  ...BACKLOG_FAULTS,
];

/** The faults of a run that names none. */
export const DEFAULT_FAULTS = defaultsOf(CATALOGUE);

/** The faults of a run with a Predix Event Hub that names none. */
export const PREDIX_DEFAULT_FAULTS = defaultsOf(PREDIX_CATALOGUE);

/**
 * All but those that need smaller topics. There, whatever keeps the service from reading makes requests of devices
 * fail, and nothing can be done about it.
 */
function defaultsOf<K extends HubKind>(catalogue: readonly Fault<K>[]): readonly Fault<K>[] {
  return catalogue.filter(({ backlogQuotaBytes }) => backlogQuotaBytes === undefined);
}
