/** The help of `npm run chaos`. */
import { DEMO_PROTOCOLS } from '../demo/predix-access.js';
import { AZURE_FAULTS } from './azure-faults.js';
import { BACKLOG_FAULTS } from './backlog-faults.js';
import { CATALOGUE, PREDIX_CATALOGUE } from './catalogue.js';
import { CUMULOCITY_FAULTS } from './cumulocity-faults.js';
import { PREDIX_FAULTS } from './predix-faults.js';
import { SERVICE_FAULTS } from './service-faults.js';

/** What the numbers are when none are given, and how large they may be. */
export interface HelpedNumbers {
  readonly seconds: number;
  readonly rate: number;
  readonly mostReplicas: number;
}

const WIDTH = Math.max(...[...CATALOGUE, ...PREDIX_CATALOGUE].map(({ name }) => name.length));

function linesOf(faults: readonly { readonly name: string; readonly what: string }[]): string {
  return faults.map(({ name, what }) => `  ${name.padEnd(WIDTH)}  ${what}`).join('\n');
}

/** The text. */
export function helpOf({ seconds, rate, mostReplicas }: HelpedNumbers): string {
  return `npm run chaos -- [options]

Runs the real service between a local Cumulocity with simulated devices and local event hubs, like the demo, under
faults that a seed decides. Then all faults end, and what was emitted is compared with what an independent reader
has taken out of the hubs. Needs no account.

  --seed N             decides which fault strikes when and where; the same seed gives the same schedule
                       (default: random; always printed)
  --seconds N          time under faults (default: ${seconds})
  --faults A,B,C       only these faults (default: all but ${BACKLOG_FAULTS.map(({ name }) => name).join(' and ')})
  --replicas N         copies of the service, 1 to ${mostReplicas} (default: 1)
  --rate N             notifications a second, all tenants together (default: ${rate})
  --destination D      azure, predix (default: azure): Azure Event Hubs, or a Predix Event Hub with a zone for each
                       tenant, TLS and a local UAA; there the service waits 10 s and more before it connects again,
                       so what follows the faults may take minutes
  --protocol P         with predix: ${DEMO_PROTOCOLS.join(', ')} (default: ${DEMO_PROTOCOLS[0]})
  --json               make the last line one JSON object with the figures
  --logs FOLDER        keep all of the log of each copy in a file there (default: only the end, shown after a bad run)
  --port N             port of the first copy's status (default: any free one)
  --port-cumulocity N  port of the local Cumulocity (default: any free one)
  --port-hub N         port of the local event hubs: of plain AMQP, or of gRPC (default: any free one)
  --help               this text

Faults:
${linesOf([...SERVICE_FAULTS, ...CUMULOCITY_FAULTS, ...BACKLOG_FAULTS])}

With Azure Event Hubs:
${linesOf(AZURE_FAULTS)}

With a Predix Event Hub:
${linesOf(PREDIX_FAULTS)}

Exit code: 0 if nothing was lost, out of order or repeated under another id; 1 otherwise; 2 for a wrong option.
`;
}
