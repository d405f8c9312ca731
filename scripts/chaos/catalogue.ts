/** All faults that `npm run chaos` knows. */
import { BACKLOG_FAULTS } from './backlog-faults.js';
import { CUMULOCITY_FAULTS } from './cumulocity-faults.js';
import type { Fault } from './fault.js';
import { HUB_FAULTS } from './hub-faults.js';
import { SERVICE_FAULTS } from './service-faults.js';

/** Every fault: those of the service, of Cumulocity, of the hubs, and those that last long. */
export const CATALOGUE: readonly Fault[] = [
  ...SERVICE_FAULTS,
  ...CUMULOCITY_FAULTS,
  ...HUB_FAULTS,
  ...BACKLOG_FAULTS,
];

/**
 * The faults of a run that names none: all but those that need smaller topics. There, whatever keeps the service
 * from reading makes requests of devices fail, and nothing can be done about it.
 */
export const DEFAULT_FAULTS: readonly Fault[] = CATALOGUE.filter(
  ({ backlogQuotaBytes }) => backlogQuotaBytes === undefined,
);
