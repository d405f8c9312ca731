/** All faults that `npm run chaos` knows. */
import { CUMULOCITY_FAULTS } from './cumulocity-faults.js';
import type { Fault } from './fault.js';
import { HUB_FAULTS } from './hub-faults.js';
import { SERVICE_FAULTS } from './service-faults.js';

/** Every fault, those of the service first, then those of Cumulocity and of the hubs. */
export const CATALOGUE: readonly Fault[] = [...SERVICE_FAULTS, ...CUMULOCITY_FAULTS, ...HUB_FAULTS];
