/** The checks of the JavaScript SDK; `npm run conformance` starts it with what it needs in the environment. */
import { report } from './checks.js';
import { faultChecks } from './faults.js';
import { readingChecks } from './reading.js';
import { sendingChecks } from './sending.js';
import { tokenChecks } from './tokens.js';

// Reading comes first: its partition is to hold only what it has sent itself.
await report([...readingChecks, ...sendingChecks, ...faultChecks, ...tokenChecks]);
process.exit(0);
